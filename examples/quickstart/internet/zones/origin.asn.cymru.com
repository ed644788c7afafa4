; Team Cymru: who announces an address: https://www.team-cymru.com/ip-asn-mapping
@ 86400 IN SOA localhost. nobody.invalid. 1 3600 600 86400 60
@ 86400 IN NS localhost.
218.169.112.176 86400 IN TXT "47764 | 176.112.168.0/21 | RU | ripencc | 2011-07-25"
252.133.162.139 86400 IN TXT "63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02"
17.0.46.84      86400 IN TXT "64500 | 84.46.0.0/17 | DE | ripencc | 2004-04-21"
