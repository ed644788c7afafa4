"""The client's side of SASL mechanisms: generators that are sent challenges, yield answers."""

import base64
import hashlib
import hmac
import os

MECHANISMS = ('PLAIN', 'LOGIN', 'CRAM-MD5', 'SCRAM-SHA-256')


def plain(user, password):
    yield f'\0{user}\0{password}'.encode(errors='surrogateescape')


def login(user, password):
    yield None  # no initial response: the server asks
    yield user.encode()
    yield password.encode()


def cram_md5(user, password):
    """RFC 2195"""
    challenge = yield None
    digest = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
    yield f'{user} {digest}'.encode()


def scram_sha_256(user, password):
    """RFC 5802, RFC 7677"""
    nonce = base64.b64encode(os.urandom(18)).decode()
    first = f'n={user},r={nonce}'
    challenge = yield f'n,,{first}'.encode()
    fields = dict(part.split('=', 1) for part in challenge.decode().split(','))
    if not fields['r'].startswith(nonce):
        raise ValueError('the server changed the nonce')
    salted = hashlib.pbkdf2_hmac('sha256', password.encode(), base64.b64decode(fields['s']),
                                 int(fields['i']))
    key = hmac.new(salted, b'Client Key', hashlib.sha256).digest()
    last = 'c=biws,r=' + fields['r']
    message = ','.join([first, challenge.decode(), last]).encode()
    signature = hmac.new(hashlib.sha256(key).digest(), message, hashlib.sha256).digest()
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
    yield f'{last},p={proof}'.encode()
    yield b''  # the server's own signature is not checked here


def xoauth2(user, token):
    """Google's; an error is a challenge, which is answered with nothing."""
    yield f'user={user}\1auth=Bearer {token}\1\1'.encode()
    yield b''


def oauthbearer(user, token):
    """RFC 7628"""
    yield f'n,a={user},\1auth=Bearer {token}\1\1'.encode()
    yield b'\1'


def start(mechanism, user, password):
    """The conversation, and the initial response (None where the mechanism has none)."""
    functions = {'PLAIN': plain, 'LOGIN': login, 'CRAM-MD5': cram_md5,
                 'SCRAM-SHA-256': scram_sha_256, 'XOAUTH2': xoauth2, 'OAUTHBEARER': oauthbearer}
    conversation = functions[mechanism](user, password)
    return conversation, next(conversation)


def answer(conversation, challenge):
    return conversation.send(challenge)


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    return base64.b64decode(text)
