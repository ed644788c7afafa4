@ 86400 IN SOA localhost. nobody.invalid. 1 3600 600 86400 60
@ 86400 IN NS localhost.
rimap26.i 86400 IN A 176.112.169.218
