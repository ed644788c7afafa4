; Team Cymru: what an AS is called.
@ 86400 IN SOA localhost. nobody.invalid. 1 3600 600 86400 60
@ 86400 IN NS localhost.
AS47764 86400 IN TXT "47764 | RU | ripencc | 2008-07-22 | VK-AS, RU"
AS63949 86400 IN TXT "63949 | US | arin | 2014-10-15 | AKAMAI-LINODE-AP Akamai Connected Cloud, SG"
AS64500 86400 IN TXT "64500 | DE | ripencc | 2004-04-21 | HOME-AS Home Broadband, DE"
