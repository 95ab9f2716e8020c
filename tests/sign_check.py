#!/usr/bin/env python3
"""Signs and checks calls without the library: docs/protocol.md section 3, with hashlib and hmac alone.

    sign_check.py check SECRET [BODY]     a signed form on standard input, and a body that is no form; prints the sign that it
                                          should have, exits 1 where it has another
    sign_check.py call URL SECRET k=v …   signs these parameters and sends them; prints the answer
"""
import hashlib, hmac, sys, urllib.parse, urllib.request


def sign(secret, parameters, body=''):
    text = (''.join(k + v for k, v in sorted(parameters.items()) if k != 'sign') + body).encode()
    key = secret.encode()
    if parameters['sign_method'] == 'md5':
        return hashlib.md5(key + text + key).hexdigest().upper()
    digest = {'hmac': hashlib.md5, 'hmac-sha256': hashlib.sha256}[parameters['sign_method']]
    return hmac.new(key, text, digest).hexdigest().upper()


if sys.argv[1] == 'check':
    parameters = dict(urllib.parse.parse_qsl(sys.stdin.read(), keep_blank_values=True, strict_parsing=True))
    right = sign(sys.argv[2], parameters, *sys.argv[3:])
    print(right)
    sys.exit(0 if parameters['sign'] == right else 1)

url, secret = sys.argv[2:4]
parameters = dict(argument.split('=', 1) for argument in sys.argv[4:])
parameters['sign'] = sign(secret, parameters)
body = urllib.parse.urlencode(parameters).encode()
with urllib.request.urlopen(url, body, timeout=30) as answer:
    sys.stdout.write(answer.read().decode())
