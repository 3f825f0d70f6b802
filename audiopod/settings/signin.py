"""Who logs in, and how: Django's accounts, allauth and its second factors."""

from __future__ import annotations

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.signin.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.signin.forms.SignUpForm",
    "login": "accounts.signin.forms.LogInForm",
    "reset_password": "accounts.signin.forms.PasswordResetForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Codes, not links: nothing secret is in a URL, and who is sent one confirms it where they began.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = ACCOUNT_EMAIL_NOTIFICATIONS = ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
# of codes of a second factor; passwords are counted by accounts/throttle.py
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/900s/key"}
MFA_ADAPTER = "accounts.signin.second_factor.MfaAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.signin.forms.ActivateTotpForm",
    "add_webauthn": "accounts.signin.passkeys.AddPasskeyForm",
    "login_webauthn": "accounts.signin.passkeys.PasskeyLogInForm",
    "authenticate_webauthn": "accounts.signin.passkeys.PasskeySecondFactorForm",
    "reauthenticate_webauthn": "accounts.signin.passkeys.PasskeyReauthenticationForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "AudioPod"
MFA_TOTP_TOLERANCE = 1
