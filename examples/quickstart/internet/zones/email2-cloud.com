@ 86400 IN SOA localhost. nobody.invalid. 1 3600 600 86400 60
@ 86400 IN NS localhost.
node-eu-0001 86400 IN A 139.162.133.252
