"""A small Internet on loopback: the networks from the examples of the original's manual.

What DNS, Team Cymru and the registries know about them is such that badclients' audit lines come
out as that manual shows them.
"""

from .dns import Nameserver
from .whois import Registries

NEW_OUTLOOK = '52.97.246.245'  # no reverse name
MAIL_RU = '176.112.169.218'
SUGAR_MAIL = '139.162.133.252'
GMAIL_POP = '209.85.218.15'
GMAIL_SMTP = '209.85.218.53'
OFFICE = '172.17.1.204'        # private
HOME = '84.46.0.17'            # an ordinary login
HOME_V6 = '2a02:8109:9a80:1::17'

LINODE = '''% This is the RIPE Database query service.
% The objects are in RPSL format.

% Information related to '139.162.0.0 - 139.162.255.255'

% Abuse contact for '139.162.0.0 - 139.162.255.255' is 'abuse@linode.com'

inetnum:        139.162.0.0 - 139.162.255.255
netname:        EU-LINODE-20141229
descr:          139.162.0.0/16
mnt-by:         linode-mnt
org:            ORG-LL72-RIPE
country:        US
admin-c:        TA2589-RIPE
tech-c:         TA2589-RIPE
abuse-c:        LAS85-RIPE
status:         LEGACY
remarks:        Please send abuse reports to abuse@linode.com
created:        2004-02-02T16:20:09Z
last-modified:  2022-12-12T21:26:29Z
source:         RIPE
'''

VK = '''% Information related to '176.112.168.0 - 176.112.175.255'

inetnum:        176.112.168.0 - 176.112.175.255
netname:        VK-FRONT
country:        RU
admin-c:        EY1327-RIPE
org:            ORG-LLCn4-RIPE
mnt-by:         RIPE-NCC-END-MNT
mnt-by:         VKCOMPANY-MNT
tech-c:         VKNC
abuse-c:        MAIL-RU
status:         ASSIGNED PI
source:         RIPE
'''

GOOGLE = '''
#
# ARIN WHOIS data and services are subject to the Terms of Use
#

NetRange:       209.85.128.0 - 209.85.255.255
CIDR:           209.85.128.0/17
NetName:        GOOGLE
NetHandle:      NET-209-85-128-0-1
Parent:         NET209 (NET-209-0-0-0-0)
NetType:        Direct Allocation
Organization:   Google LLC (GOGL)
RegDate:        2006-01-13
'''

MICROSOFT = '''
NetRange:       52.96.0.0 - 52.111.255.255
CIDR:           52.96.0.0/12
NetName:        MSFT
NetHandle:      NET-52-96-0-0-1
NetType:        Direct Allocation
Organization:   Microsoft Corporation (MSFT)

OrgName:        Microsoft Corporation
OrgId:          MSFT

OrgTechHandle: MAC74-ARIN
OrgTechName:   Microsoft Contact
'''

HOME_NET = '''% Information related to '84.46.0.0 - 84.46.127.255'

inetnum:        84.46.0.0 - 84.46.127.255
netname:        DE-HOME-20040421
country:        DE
org:            ORG-HOME1-RIPE
admin-c:        HH1-RIPE
tech-c:         HH1-RIPE
mnt-by:         HOME-MNT
source:         RIPE
'''

HOME_NET_V6 = '''inet6num:       2a02:8109::/32
netname:        DE-HOME-20090101
country:        DE
org:            ORG-HOME1-RIPE
mnt-by:         HOME-MNT
source:         RIPE
'''


def nameserver(**how):
    """Filled, not started: tests may add to it."""
    dns = Nameserver(**how)
    dns.reverse(MAIL_RU, 'rimap26.i.mail.ru')
    dns.reverse(SUGAR_MAIL, 'node-eu-0001.email2-cloud.com')
    dns.reverse(GMAIL_POP, 'mail-ej1-f15.google.com')
    dns.reverse(GMAIL_SMTP, 'mail-ej1-f53.google.com')
    dns.reverse(OFFICE, 'dhcp204.internal')
    dns.reverse(HOME, 'h17.dsl.home.example')
    dns.reverse(HOME_V6, 'h17.v6.home.example')
    dns.origin(NEW_OUTLOOK, '8075 | 52.96.0.0/14 | US | arin | 2015-11-24')
    dns.origin(MAIL_RU, '47764 | 176.112.168.0/21 | RU | ripencc | 2011-07-25')
    dns.origin(SUGAR_MAIL, '63949 | 139.162.128.0/19 | NL | ripencc | 2004-02-02')
    for address in (GMAIL_POP, GMAIL_SMTP):
        dns.origin(address, '15169 | 209.85.128.0/17 | US | arin | 2006-01-13')
    dns.origin(HOME, '64500 | 84.46.0.0/17 | DE | ripencc | 2004-04-21')
    dns.origin(HOME_V6, '64500 | 2a02:8109::/32 | DE | ripencc | 2009-01-01')
    dns.description('8075 | US | arin | 1997-03-31 | MICROSOFT-CORP-MSN-AS-BLOCK, US')
    dns.description('47764 | RU | ripencc | 2008-07-22 | VK-AS, RU')
    dns.description('63949 | US | arin | 2014-10-15 | AKAMAI-LINODE-AP Akamai Connected Cloud, SG')
    dns.description('15169 | US | arin | 2000-03-30 | GOOGLE, US')
    dns.description('64500 | DE | ripencc | 2004-04-21 | HOME-AS Home Broadband, DE')
    return dns


def registries():
    """Running."""
    servers = Registries()
    servers.ripencc.answers = {SUGAR_MAIL: LINODE, MAIL_RU: VK, HOME: HOME_NET,
                               HOME_V6: HOME_NET_V6}
    servers.arin.answers = {GMAIL_POP: GOOGLE, GMAIL_SMTP: GOOGLE, NEW_OUTLOOK: MICROSOFT}
    return servers
