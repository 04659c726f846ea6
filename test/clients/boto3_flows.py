"""Every way to sign in, and what follows it, through boto3. Prints one line of JSON for each story: its name, and what went wrong.

The server's address and keys come by AWS's own environment variables. It takes CODE for every code that it sends.
"""

import base64
import csv
import datetime
import hashlib
import hmac
import io
import json
import os
import secrets
import struct
import time
import traceback
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

admin = boto3.client('cognito-idp')
public = boto3.client('cognito-idp', config=Config(signature_version=UNSIGNED))
PASSWORD = 'Correct-horse-7'
CODE = os.environ['CODE']
LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function:'
SMS = {'SnsCallerArn': 'arn:aws:iam::000000000000:role/sms', 'ExternalId': 'x'}
EMAIL = {'EmailSendingAccount': 'DEVELOPER', 'SourceArn': 'arn:aws:ses:us-east-1:000000000000:identity/us@example.com'}

# --- SRP, as the Developer Guide's examples compute it. RFC 3526 5.

N = int(
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD'
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED'
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F'
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B'
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510'
    '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7'
    'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C'
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
    16,
)


def padded(number):
    text = '%x' % number
    text = '0' * (len(text) % 2) + text
    return bytes.fromhex(('00' if text[0] in '89abcdef' else '') + text)


def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def number(data):
    return int.from_bytes(data, 'big')


K = number(sha256(padded(N), padded(2)))


class Srp:
    """One sign-in's half. `group` is the pool's id after its underscore, or a device's group."""

    def __init__(self, group):
        self.group = group
        self.a = number(secrets.token_bytes(128))
        self.A = pow(2, self.a, N)

    def answer(self, parameters, name, password):
        B, salt = int(parameters['SRP_B'], 16), int(parameters['SALT'], 16)
        u = number(sha256(padded(self.A), padded(B)))
        x = number(sha256(padded(salt), sha256(f'{self.group}{name}:{password}'.encode())))
        S = pow(B - K * pow(2, x, N), self.a + u * x, N)
        prk = hmac.new(padded(u), padded(S), hashlib.sha256).digest()
        key = hmac.new(prk, b'Caldera Derived Key\x01', hashlib.sha256).digest()[:16]
        now = datetime.datetime.now(datetime.timezone.utc)
        day = 'Mon Tue Wed Thu Fri Sat Sun'.split()[now.weekday()]
        month = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[now.month - 1]
        stamp = f'{day} {month} {now.day} {now:%H:%M:%S} UTC {now.year}'
        block = parameters['SECRET_BLOCK']
        message = self.group.encode() + name.encode() + base64.b64decode(block) + stamp.encode()
        return {
            'PASSWORD_CLAIM_SECRET_BLOCK': block,
            'PASSWORD_CLAIM_SIGNATURE': base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode(),
            'TIMESTAMP': stamp,
        }


def totp(secret, steps=0):
    """RFC 6238."""
    key = base64.b32decode(secret + '=' * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack('>Q', int(time.time()) // 30 + steps), hashlib.sha1).digest()
    at = digest[-1] & 15
    return '%06d' % ((struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6)


# --- Pools, people, and the two families of calls.

ALL = ['USER_SRP', 'USER_PASSWORD', 'ADMIN_USER_PASSWORD', 'USER', 'CUSTOM']


class Pool:
    def __init__(self, client=None, **settings):
        self.id = admin.create_user_pool(PoolName='people', SmsConfiguration=SMS, EmailConfiguration=EMAIL, **settings)['UserPool']['Id']
        flows = {'ExplicitAuthFlows': [f'ALLOW_{flow}_AUTH' for flow in ALL + ['REFRESH_TOKEN']]}
        made = admin.create_user_pool_client(UserPoolId=self.id, ClientName='app', **{**flows, **(client or {})})
        self.client, self.secret = made['UserPoolClient']['ClientId'], made['UserPoolClient'].get('ClientSecret')

    def add(self, name, **attributes):
        given = [{'Name': key, 'Value': value} for key, value in attributes.items()]
        admin.admin_create_user(UserPoolId=self.id, Username=name, MessageAction='SUPPRESS', UserAttributes=given)
        admin.admin_set_user_password(UserPoolId=self.id, Username=name, Password=PASSWORD, Permanent=True)

    def mfa(self, kind, **more):
        admin.set_user_pool_mfa_config(
            UserPoolId=self.id, MfaConfiguration=kind, SoftwareTokenMfaConfiguration={'Enabled': True}, **more
        )

    def hash(self, name):
        """AWS: Developer Guide, "Computing secret hash values"."""
        digest = hmac.new(self.secret.encode(), (name + self.client).encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def begin(self, flow, as_admin=False, **parameters):
        if self.secret and 'USERNAME' in parameters:
            parameters['SECRET_HASH'] = self.hash(parameters['USERNAME'])
        call = {'AuthFlow': flow, 'ClientId': self.client, 'AuthParameters': parameters}
        return admin.admin_initiate_auth(UserPoolId=self.id, **call) if as_admin else public.initiate_auth(**call)

    def answer(self, asked, as_admin=False, challenge=None, **responses):
        if self.secret and 'USERNAME' in responses:
            responses['SECRET_HASH'] = self.hash(responses['USERNAME'])
        call = {'ClientId': self.client, 'ChallengeName': challenge or asked['ChallengeName'], 'ChallengeResponses': responses}
        if 'Session' in asked:
            call['Session'] = asked['Session']
        if as_admin:
            return admin.admin_respond_to_auth_challenge(UserPoolId=self.id, **call)
        return public.respond_to_auth_challenge(**call)

    def prove(self, srp, asked, as_admin=False, password=PASSWORD):
        """PASSWORD_VERIFIER."""
        expect(asked, 'PASSWORD_VERIFIER')
        given = asked['ChallengeParameters']
        name = given['USER_ID_FOR_SRP']
        return self.answer(asked, as_admin, USERNAME=name, **srp.answer(given, name, password))

    def srp(self):
        return Srp(self.id.split('_')[1])

    def sign_in(self, name, **more):
        return tokens(self.begin('USER_PASSWORD_AUTH', USERNAME=name, PASSWORD=PASSWORD, **more))


def expect(asked, challenge):
    assert asked.get('ChallengeName') == challenge, (challenge, asked)
    return asked


def tokens(answer):
    assert answer.get('AuthenticationResult', {}).get('AccessToken'), answer
    return answer['AuthenticationResult']


def refused(code, call, *given, **named):
    try:
        answer = call(*given, **named)
    except ClientError as error:
        assert error.response['Error']['Code'] == code, error
        return error.response['Error']['Message']
    raise AssertionError(f'{code} expected, but: {answer}')


def set_up_totp(token):
    secret = public.associate_software_token(AccessToken=token)['SecretCode']
    public.verify_software_token(AccessToken=token, UserCode=totp(secret))
    return secret


stories = []


def story(function):
    stories.append(function)
    return function


# --- What is begun with a password.


@story
def password_in_both_families():
    pool = Pool()
    pool.add('ann')
    pool.sign_in('ann')
    for flow in ('ADMIN_USER_PASSWORD_AUTH', 'ADMIN_NO_SRP_AUTH'):
        tokens(pool.begin(flow, True, USERNAME='ann', PASSWORD=PASSWORD))
    refused('NotAuthorizedException', pool.begin, 'USER_PASSWORD_AUTH', USERNAME='ann', PASSWORD='wrong')
    refused('NotAuthorizedException', pool.begin, 'ADMIN_USER_PASSWORD_AUTH', True, USERNAME='ann', PASSWORD='wrong')


@story
def srp_in_both_families():
    pool = Pool()
    pool.add('ann')
    for as_admin in (False, True):
        srp = pool.srp()
        asked = pool.begin('USER_SRP_AUTH', as_admin, USERNAME='ann', SRP_A='%x' % srp.A)
        tokens(pool.prove(srp, asked, as_admin))
        srp = pool.srp()
        asked = pool.begin('USER_SRP_AUTH', as_admin, USERNAME='ann', SRP_A='%x' % srp.A)
        refused('NotAuthorizedException', pool.prove, srp, asked, as_admin, 'wrong')


@story
def srp_with_a_client_secret_and_its_rotation():
    pool = Pool({'GenerateSecret': True})
    pool.add('ann')

    def sign_in():
        srp = pool.srp()
        return tokens(pool.prove(srp, pool.begin('USER_SRP_AUTH', USERNAME='ann', SRP_A='%x' % srp.A)))

    # The answer's hash is over the name that the challenge gave.
    sign_in()
    old = pool.secret
    added = admin.add_user_pool_client_secret(UserPoolId=pool.id, ClientId=pool.client)['ClientSecretDescriptor']
    pool.secret = added['ClientSecretValue']
    sign_in()
    listed = admin.list_user_pool_client_secrets(UserPoolId=pool.id, ClientId=pool.client)['ClientSecrets']
    first = [one['ClientSecretId'] for one in listed if one['ClientSecretId'] != added['ClientSecretId']]
    admin.delete_user_pool_client_secret(UserPoolId=pool.id, ClientId=pool.client, ClientSecretId=first[0])
    sign_in()
    pool.secret = old
    refused('NotAuthorizedException', sign_in)


@story
def new_password_required():
    pool = Pool()
    for as_admin, flow in ((False, 'USER_PASSWORD_AUTH'), (True, 'ADMIN_USER_PASSWORD_AUTH')):
        name = flow.lower()
        admin.admin_create_user(UserPoolId=pool.id, Username=name, TemporaryPassword=PASSWORD, MessageAction='SUPPRESS')
        asked = expect(pool.begin(flow, as_admin, USERNAME=name, PASSWORD=PASSWORD), 'NEW_PASSWORD_REQUIRED')
        refused('InvalidPasswordException', pool.answer, asked, as_admin, USERNAME=name, NEW_PASSWORD='short')
        asked = pool.begin(flow, as_admin, USERNAME=name, PASSWORD=PASSWORD)
        tokens(pool.answer(asked, as_admin, USERNAME=name, NEW_PASSWORD='My-own-Passw0rd'))


# --- Second factors.


@story
def set_up_at_sign_in():
    pool = Pool()
    pool.add('ann')
    pool.mfa('ON')
    asked = expect(pool.begin('USER_PASSWORD_AUTH', USERNAME='ann', PASSWORD=PASSWORD), 'MFA_SETUP')
    begun = public.associate_software_token(Session=asked['Session'])
    done = public.verify_software_token(Session=begun['Session'], UserCode=totp(begun['SecretCode']))
    tokens(pool.answer({'ChallengeName': 'MFA_SETUP', 'Session': done['Session']}, USERNAME='ann'))
    asked = pool.begin('USER_PASSWORD_AUTH', USERNAME='ann', PASSWORD=PASSWORD)
    expect(asked, 'SOFTWARE_TOKEN_MFA')
    code = totp(begun['SecretCode'], 1)
    tokens(pool.answer(asked, USERNAME='ann', SOFTWARE_TOKEN_MFA_CODE=code))
    asked = pool.begin('USER_PASSWORD_AUTH', USERNAME='ann', PASSWORD=PASSWORD)
    refused('ExpiredCodeException', pool.answer, asked, USERNAME='ann', SOFTWARE_TOKEN_MFA_CODE=code)


@story
def every_second_factor_and_the_choice():
    pool = Pool()
    address = {'email': 'ann@example.com', 'email_verified': 'true'}
    pool.add('ann', **address, phone_number='+15550100', phone_number_verified='true')
    pool.mfa('OPTIONAL', SmsMfaConfiguration={'SmsConfiguration': SMS}, EmailMfaConfiguration={})
    token = pool.sign_in('ann')['AccessToken']
    secret = set_up_totp(token)
    settings = ('SoftwareTokenMfaSettings', 'SMSMfaSettings', 'EmailMfaSettings')
    answers = {
        'SOFTWARE_TOKEN_MFA': lambda: {'SOFTWARE_TOKEN_MFA_CODE': totp(secret, 1)},
        'SMS_MFA': lambda: {'SMS_MFA_CODE': CODE},
        'EMAIL_OTP': lambda: {'EMAIL_OTP_CODE': CODE},
    }
    for setting, challenge in zip(settings[1:], ('SMS_MFA', 'EMAIL_OTP')):
        wanted = {one: {'Enabled': True, 'PreferredMfa': one == setting} for one in settings}
        public.set_user_mfa_preference(AccessToken=token, **wanted)
        for as_admin, flow in ((False, 'USER_PASSWORD_AUTH'), (True, 'ADMIN_USER_PASSWORD_AUTH')):
            asked = expect(pool.begin(flow, as_admin, USERNAME='ann', PASSWORD=PASSWORD), challenge)
            wrong = {name: '000000' for name in answers[challenge]()}
            refused('CodeMismatchException', pool.answer, asked, as_admin, USERNAME='ann', **wrong)
            tokens(pool.answer(asked, as_admin, USERNAME='ann', **answers[challenge]()))
    unpreferred = {one: {'Enabled': True, 'PreferredMfa': False} for one in settings}
    admin.admin_set_user_mfa_preference(UserPoolId=pool.id, Username='ann', **unpreferred)
    for choice, answer in answers.items():
        asked = pool.begin('USER_PASSWORD_AUTH', USERNAME='ann', PASSWORD=PASSWORD)
        assert choice in json.loads(expect(asked, 'SELECT_MFA_TYPE')['ChallengeParameters']['MFAS_CAN_CHOOSE'])
        asked = expect(pool.answer(asked, USERNAME='ann', ANSWER=choice), choice)
        tokens(pool.answer(asked, USERNAME='ann', **answer()))


# --- Choice-based sign-in.


def passwordless():
    factors = ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN']
    pool = Pool(Policies={'SignInPolicy': {'AllowedFirstAuthFactors': factors}})
    address = {'email': 'ann@example.com', 'email_verified': 'true'}
    pool.add('ann', **address, phone_number='+15550100', phone_number_verified='true')
    return pool


@story
def one_time_codes_preferred_and_chosen():
    pool = passwordless()
    for as_admin in (False, True):
        for factor in ('EMAIL_OTP', 'SMS_OTP'):
            asked = pool.begin('USER_AUTH', as_admin, USERNAME='ann', PREFERRED_CHALLENGE=factor)
            code = {f'{factor}_CODE': CODE}
            tokens(pool.answer(expect(asked, factor), as_admin, USERNAME='ann', **code))
            asked = expect(pool.begin('USER_AUTH', as_admin, USERNAME='ann'), 'SELECT_CHALLENGE')
            assert factor in asked['AvailableChallenges'], asked
            asked = expect(pool.answer(asked, as_admin, USERNAME='ann', ANSWER=factor), factor)
            tokens(pool.answer(asked, as_admin, USERNAME='ann', **code))


@story
def passwords_preferred_and_chosen():
    pool = passwordless()
    tokens(pool.begin('USER_AUTH', USERNAME='ann', PREFERRED_CHALLENGE='PASSWORD', PASSWORD=PASSWORD))
    asked = pool.begin('USER_AUTH', USERNAME='ann')
    tokens(pool.answer(asked, USERNAME='ann', ANSWER='PASSWORD', PASSWORD=PASSWORD))
    srp = pool.srp()
    first = {'USERNAME': 'ann', 'SRP_A': '%x' % srp.A}
    tokens(pool.prove(srp, pool.begin('USER_AUTH', PREFERRED_CHALLENGE='PASSWORD_SRP', **first)))
    asked = pool.begin('USER_AUTH', USERNAME='ann')
    srp = pool.srp()
    first['SRP_A'] = '%x' % srp.A
    tokens(pool.prove(srp, pool.answer(asked, ANSWER='PASSWORD_SRP', **first)))


@story
def sign_up_and_the_first_sign_in():
    pool = Pool(AutoVerifiedAttributes=['email'], Policies={'SignInPolicy': {'AllowedFirstAuthFactors': ['PASSWORD', 'EMAIL_OTP']}})
    attributes = [{'Name': 'email', 'Value': 'new@example.com'}]
    made = public.sign_up(ClientId=pool.client, Username='new', Password=PASSWORD, UserAttributes=attributes)
    refused('UserNotConfirmedException', pool.sign_in, 'new')
    public.resend_confirmation_code(ClientId=pool.client, Username='new')
    confirm = {'ClientId': pool.client, 'Username': 'new'}
    refused('CodeMismatchException', public.confirm_sign_up, ConfirmationCode='000000', **confirm)
    done = public.confirm_sign_up(ConfirmationCode=CODE, Session=made['Session'], **confirm)
    tokens(public.initiate_auth(AuthFlow='USER_AUTH', ClientId=pool.client, Session=done['Session']))


# --- Custom challenges.


@story
def custom_challenges():
    functions = {'DefineAuthChallenge': 'define', 'CreateAuthChallenge': 'create', 'VerifyAuthChallengeResponse': 'verify'}
    pool = Pool(LambdaConfig={name: LAMBDA + function for name, function in functions.items()})
    pool.add('ann')
    for as_admin in (False, True):
        asked = expect(pool.begin('CUSTOM_AUTH', as_admin, USERNAME='ann'), 'CUSTOM_CHALLENGE')
        assert asked['ChallengeParameters']['question'] == 'What is it?', asked
        tokens(pool.answer(asked, as_admin, USERNAME='ann', ANSWER='it'))
        srp = pool.srp()
        first = {'USERNAME': 'ann', 'CHALLENGE_NAME': 'SRP_A', 'SRP_A': '%x' % srp.A}
        asked = expect(pool.prove(srp, pool.begin('CUSTOM_AUTH', as_admin, **first), as_admin), 'CUSTOM_CHALLENGE')
        tokens(pool.answer(asked, as_admin, USERNAME='ann', ANSWER='it'))
    asked = pool.begin('CUSTOM_AUTH', USERNAME='ann')
    refused('NotAuthorizedException', pool.answer, asked, USERNAME='ann', ANSWER='wrong')


# --- Devices.


@story
def devices():
    pool = Pool(DeviceConfiguration={'ChallengeRequiredOnNewDevice': True, 'DeviceOnlyRememberedOnUserPrompt': False})
    pool.add('ann')
    result = pool.sign_in('ann')
    token, key, group = result['AccessToken'], *(result['NewDeviceMetadata'][one] for one in ('DeviceKey', 'DeviceGroupKey'))
    salt, secret = secrets.token_bytes(16), secrets.token_urlsafe(30)
    x = number(sha256(padded(number(salt)), sha256(f'{group}{key}:{secret}'.encode())))
    encode = lambda value: base64.b64encode(padded(value)).decode()
    config = {'Salt': encode(number(salt)), 'PasswordVerifier': encode(pow(2, x, N))}
    public.confirm_device(AccessToken=token, DeviceKey=key, DeviceName='lap', DeviceSecretVerifierConfig=config)
    for as_admin, flow in ((False, 'USER_PASSWORD_AUTH'), (True, 'ADMIN_USER_PASSWORD_AUTH')):
        asked = pool.begin(flow, as_admin, USERNAME='ann', PASSWORD=PASSWORD, DEVICE_KEY=key)
        srp = Srp(group)
        mine = {'USERNAME': 'ann', 'DEVICE_KEY': key}
        asked = pool.answer(expect(asked, 'DEVICE_SRP_AUTH'), as_admin, SRP_A='%x' % srp.A, **mine)
        proof = srp.answer(expect(asked, 'DEVICE_PASSWORD_VERIFIER')['ChallengeParameters'], key, secret)
        token = tokens(pool.answer(asked, as_admin, **mine, **proof))['AccessToken']
    public.update_device_status(AccessToken=token, DeviceKey=key, DeviceRememberedStatus='not_remembered')
    assert [one['DeviceKey'] for one in public.list_devices(AccessToken=token)['Devices']] == [key]
    assert public.get_device(AccessToken=token, DeviceKey=key)['Device']['DeviceKey'] == key
    person = {'UserPoolId': pool.id, 'Username': 'ann', 'DeviceKey': key}
    admin.admin_update_device_status(DeviceRememberedStatus='remembered', **person)
    assert admin.admin_get_device(**person)['Device']['DeviceKey'] == key
    assert admin.admin_list_devices(UserPoolId=pool.id, Username='ann')['Devices']
    public.forget_device(AccessToken=token, DeviceKey=key)
    refused('ResourceNotFoundException', admin.admin_get_device, **person)


# --- Passkeys.


@story
def passkey():
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    pool = passwordless()
    token = pool.sign_in('ann')['AccessToken']
    private, identity = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
    url = lambda data: base64.urlsafe_b64encode(data).rstrip(b'=').decode()
    origin = os.environ['AWS_ENDPOINT_URL']

    def client_data(kind, challenge):
        return json.dumps({'type': kind, 'challenge': challenge, 'origin': origin, 'crossOrigin': False}).encode()

    options = public.start_web_authn_registration(AccessToken=token)['CredentialCreationOptions']
    point = private.public_key().public_numbers()
    cose = b'\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20' + point.x.to_bytes(32, 'big') + b'\x22\x58\x20' + point.y.to_bytes(32, 'big')
    head = sha256(options['rp']['id'].encode())
    data = head + b'\x45' + bytes(4) + bytes(16) + struct.pack('>H', 32) + identity + cose
    attestation = b'\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59' + struct.pack('>H', len(data)) + data
    common = {'id': url(identity), 'rawId': url(identity), 'type': 'public-key', 'clientExtensionResults': {}}
    made = {
        'clientDataJSON': url(client_data('webauthn.create', options['challenge'])),
        'attestationObject': url(attestation),
        'transports': ['internal'],
    }
    public.complete_web_authn_registration(AccessToken=token, Credential={**common, 'response': made})
    listed = public.list_web_authn_credentials(AccessToken=token)['Credentials']
    assert listed[0]['CredentialId'] == url(identity), listed
    asked = expect(pool.begin('USER_AUTH', USERNAME='ann', PREFERRED_CHALLENGE='WEB_AUTHN'), 'WEB_AUTHN')
    options = json.loads(asked['ChallengeParameters']['CREDENTIAL_REQUEST_OPTIONS'])
    client = client_data('webauthn.get', options['challenge'])
    data = head + b'\x05' + struct.pack('>I', 1)
    used = {
        'clientDataJSON': url(client),
        'authenticatorData': url(data),
        'signature': url(private.sign(data + sha256(client), ec.ECDSA(SHA256()))),
    }
    credential = json.dumps({**common, 'response': used})
    tokens(pool.answer(asked, USERNAME='ann', CREDENTIAL=credential))
    public.delete_web_authn_credential(AccessToken=token, CredentialId=url(identity))


# --- What tokens are good for, and how they end.


@story
def refresh_in_both_families():
    pool = Pool()
    pool.add('ann')
    token = pool.sign_in('ann')['RefreshToken']
    for flow in ('REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'):
        for as_admin in (False, True):
            assert 'RefreshToken' not in tokens(pool.begin(flow, as_admin, REFRESH_TOKEN=token))
    tokens(public.get_tokens_from_refresh_token(RefreshToken=token, ClientId=pool.client))
    public.revoke_token(Token=token, ClientId=pool.client)
    refused('NotAuthorizedException', pool.begin, 'REFRESH_TOKEN_AUTH', REFRESH_TOKEN=token)


@story
def refresh_with_rotation():
    flows = ['ALLOW_USER_PASSWORD_AUTH']
    pool = Pool({'ExplicitAuthFlows': flows, 'RefreshTokenRotation': {'Feature': 'ENABLED', 'RetryGracePeriodSeconds': 0}})
    pool.add('ann')
    first = pool.sign_in('ann')['RefreshToken']
    renew = lambda token: tokens(public.get_tokens_from_refresh_token(RefreshToken=token, ClientId=pool.client))
    second = renew(first)['RefreshToken']
    assert second != first
    refused('RefreshTokenReuseException', renew, first)
    refused('NotAuthorizedException', renew, second)


@story
def sign_out_everywhere():
    pool = Pool()
    pool.add('ann')
    mine, other = pool.sign_in('ann'), pool.sign_in('ann')
    public.global_sign_out(AccessToken=mine['AccessToken'])
    refused('NotAuthorizedException', public.get_user, AccessToken=other['AccessToken'])
    refused('NotAuthorizedException', pool.begin, 'REFRESH_TOKEN_AUTH', REFRESH_TOKEN=other['RefreshToken'])
    again = pool.sign_in('ann')
    admin.admin_user_global_sign_out(UserPoolId=pool.id, Username='ann')
    refused('NotAuthorizedException', public.get_user, AccessToken=again['AccessToken'])


# --- One's own account, and administrators.


@story
def own_account():
    pool = Pool(AutoVerifiedAttributes=['email'])
    pool.add('ann', email='ann@example.com', email_verified='true')
    token = pool.sign_in('ann')['AccessToken']
    wanted = [{'Name': 'email', 'Value': 'other@example.com'}, {'Name': 'given_name', 'Value': 'Ann'}]
    sent = public.update_user_attributes(AccessToken=token, UserAttributes=wanted)['CodeDeliveryDetailsList']
    assert sent[0]['AttributeName'] == 'email', sent
    public.get_user_attribute_verification_code(AccessToken=token, AttributeName='email')
    public.verify_user_attribute(AccessToken=token, AttributeName='email', Code=CODE)
    public.delete_user_attributes(AccessToken=token, UserAttributeNames=['given_name'])
    found = {one['Name']: one['Value'] for one in public.get_user(AccessToken=token)['UserAttributes']}
    assert (found['email'], found['email_verified'], found.get('given_name')) == ('other@example.com', 'true', None), found
    public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword='An0ther-Passw0rd')
    public.forgot_password(ClientId=pool.client, Username='ann')
    public.confirm_forgot_password(ClientId=pool.client, Username='ann', ConfirmationCode=CODE, Password=PASSWORD)
    public.delete_user(AccessToken=pool.sign_in('ann')['AccessToken'])
    refused('UserNotFoundException', admin.admin_get_user, UserPoolId=pool.id, Username='ann')


@story
def administrators_and_groups():
    pool = Pool(AutoVerifiedAttributes=['email'])
    for name in ('ann', 'ben'):
        pool.add(name, email=f'{name}@example.com', email_verified='true')
    place = {'UserPoolId': pool.id}
    person = {**place, 'Username': 'ann'}
    admin.create_group(**place, GroupName='staff', Precedence=1)
    admin.admin_add_user_to_group(**person, GroupName='staff')
    claims = pool.sign_in('ann')['IdToken'].split('.')[1]
    groups = json.loads(base64.urlsafe_b64decode(claims + '=='))['cognito:groups']
    assert groups == ['staff'], groups
    assert [one['Username'] for one in admin.list_users_in_group(**place, GroupName='staff')['Users']] == ['ann']
    assert [one['GroupName'] for one in admin.admin_list_groups_for_user(**person)['Groups']] == ['staff']
    admin.admin_remove_user_from_group(**person, GroupName='staff')
    admin.delete_group(**place, GroupName='staff')
    pages = admin.get_paginator('list_users').paginate(**place, PaginationConfig={'PageSize': 1})
    assert sorted(one['Username'] for page in pages for one in page['Users']) == ['ann', 'ben']
    found = admin.list_users(**place, Filter='email = "ben@example.com"')['Users']
    assert [one['Username'] for one in found] == ['ben']
    admin.admin_disable_user(**person)
    refused('NotAuthorizedException', pool.sign_in, 'ann')
    admin.admin_enable_user(**person)
    admin.admin_update_user_attributes(**person, UserAttributes=[{'Name': 'given_name', 'Value': 'Ann'}])
    admin.admin_delete_user_attributes(**person, UserAttributeNames=['given_name'])
    admin.admin_reset_user_password(**person)
    refused('PasswordResetRequiredException', pool.sign_in, 'ann')
    admin.admin_delete_user(**person)
    refused('UserNotFoundException', admin.admin_get_user, **person)


@story
def imports():
    role = 'arn:aws:iam::000000000000:role/import'
    pool = Pool(AutoVerifiedAttributes=['email'])
    header = admin.get_csv_header(UserPoolId=pool.id)['CSVHeader']
    people = [{'cognito:username': f'user-{n}', 'email': f'user-{n}@example.com', 'email_verified': 'TRUE'} for n in range(50)]
    people.append({'cognito:username': 'user-50', 'email_verified': 'perhaps'})
    text = io.StringIO()
    rows = csv.DictWriter(text, header, restval='')
    rows.writeheader()
    rows.writerows({'cognito:mfa_enabled': 'FALSE', **one} for one in people)
    job = admin.create_user_import_job(UserPoolId=pool.id, JobName='people', CloudWatchLogsRoleArn=role)['UserImportJob']
    headers = {'x-amz-server-side-encryption': 'aws:kms'}
    urllib.request.urlopen(urllib.request.Request(job['PreSignedUrl'], text.getvalue().encode(), headers, method='PUT'))
    place = {'UserPoolId': pool.id, 'JobId': job['JobId']}
    admin.start_user_import_job(**place)
    until = time.monotonic() + 60
    while (job := admin.describe_user_import_job(**place)['UserImportJob'])['Status'] in ('Pending', 'InProgress'):
        assert time.monotonic() < until, job
        time.sleep(0.1)
    counts = (job['Status'], job['ImportedUsers'], job['FailedUsers'])
    assert counts == ('Succeeded', 50, 1), job
    assert admin.admin_get_user(UserPoolId=pool.id, Username='user-7')['UserStatus'] == 'RESET_REQUIRED'
    public.forgot_password(ClientId=pool.client, Username='user-7')
    public.confirm_forgot_password(ClientId=pool.client, Username='user-7', ConfirmationCode=CODE, Password=PASSWORD)
    pool.sign_in('user-7')


for one in stories:
    error = None
    try:
        one()
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({'story': one.__name__, 'error': error}), flush=True)
