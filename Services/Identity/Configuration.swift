import ServiceDefaults
import Web

/// The settings of the service, in addition to those of every service.
enum IdentitySettings {
  static let all =
    ServiceDefaults.settings("identity") + tokens + keys + passwords + signIn + [
      Setting("operator.email", default: "operator@baedal.example", "the first operator's email"),
      Setting(
        "operator.password", default: nil, isSecret: true,
        "the first operator's password; the account is created at a start that finds no operator"),
      Setting(
        "clients", default: nil, isSecret: true,
        "the services that may get tokens: order:<SHA-256 of its secret in hexadecimal>,rider:…"),
      Setting(
        "trusted.proxies", default: "",
        "the gateway's addresses: a comma-separated list of addresses and IPv4 networks whose last X-Forwarded-For entry is trusted"
      ),
    ]

  private static let tokens = [
    Setting("auth.issuer", default: "baedal-identity", "the `iss` claim of tokens"),
    Setting("auth.audience", default: "baedal", "the `aud` claim of tokens"),
    Setting("tokens.access.lifetime", default: "15m", "the lifetime of a user's access token"),
    Setting("tokens.service.lifetime", default: "60m", "the lifetime of a service's access token"),
    Setting("tokens.refresh.lifetime", default: "336h", "the lifetime of an unused refresh token"),
    Setting("sessions.lifetime", default: "2160h", "the lifetime of a session, however often it is refreshed"),
  ]

  private static let keys = [
    Setting(
      "keys.encryption.secret", default: nil, isSecret: true,
      "the AES-256 key that encrypts the signing keys in the database: 32 bytes in hexadecimal"),
    Setting("keys.rotation.interval", default: "720h", "the age at which a signing key is followed by the next"),
    Setting("keys.publish.lead", default: "2m", "how long a key is published before it signs"),
  ]

  private static let passwords = [
    Setting("passwords.cost", default: "14", "scrypt's N as a power of two; 14 takes 16 MiB of memory"),
    Setting("passwords.block", default: "8", "scrypt's r"),
    Setting("passwords.rounds", default: "5", "scrypt's p"),
    Setting("passwords.threads", default: "2", "the threads of the pool that hashes passwords"),
    Setting("passwords.queue", default: "64", "the passwords that may wait for a thread; further requests get 503"),
  ]

  private static let signIn = [
    Setting("signin.attempts", default: "10", "burst of failed sign-ins to one account from one address"),
    Setting("signin.interval", default: "30s", "interval after which one more is allowed"),
    Setting(
      "signin.account.attempts", default: "50", "burst of failed sign-ins to one account from all addresses it doesn't trust"),
    Setting("signin.account.interval", default: "60s", "interval after which one more is allowed"),
    Setting("signin.address.attempts", default: "200", "burst of failed sign-ins from one address to all accounts"),
    Setting("signin.address.interval", default: "1s", "interval after which one more is allowed"),
    Setting("signup.attempts", default: "1000", "burst of accounts registered from one address"),
    Setting("signup.interval", default: "5s", "interval after which one more is allowed"),
  ]
}
