import ServiceDefaults
import Web

/// The service's own keys, beside those that every service has.
enum IdentitySettings {
  static let all =
    ServiceDefaults.settings("identity") + tokens + keys + passwords + signIn + [
      Setting("operator.email", default: "operator@baedal.example", "the first operator's email"),
      Setting(
        "operator.password", default: nil, isSecret: true,
        "the first operator's password; the account is made at the start that finds no operator"),
      Setting(
        "clients", default: nil, isSecret: true,
        "the services that may have tokens: order:<SHA-256 of its secret in hexadecimal>,rider:…"),
      Setting(
        "trusted.proxies", default: "",
        "addresses and IPv4 networks between commas whose X-Forwarded-For is believed, by its last entry: the gateway's"),
    ]

  private static let tokens = [
    Setting("auth.issuer", default: "baedal-identity", "the `iss` of tokens"),
    Setting("auth.audience", default: "baedal", "the `aud` of tokens"),
    Setting("tokens.access.lifetime", default: "15m", "how long a person's access token lasts"),
    Setting("tokens.service.lifetime", default: "60m", "how long a service's access token lasts"),
    Setting("tokens.refresh.lifetime", default: "336h", "how long a refresh token waits for its use"),
    Setting("sessions.lifetime", default: "2160h", "after how long a session ends, however often it was refreshed"),
  ]

  private static let keys = [
    Setting(
      "keys.encryption.secret", default: nil, isSecret: true,
      "32 bytes in hexadecimal: what the signing keys are encrypted with in the database"),
    Setting("keys.rotation.interval", default: "720h", "how old a signing key becomes before the next is made"),
    Setting("keys.publish.lead", default: "2m", "how long a key is published before it signs"),
  ]

  private static let passwords = [
    Setting("passwords.cost", default: "14", "scrypt's N as a power of two; 16 MiB of memory at 14"),
    Setting("passwords.block", default: "8", "scrypt's r"),
    Setting("passwords.rounds", default: "5", "scrypt's p"),
    Setting("passwords.threads", default: "2", "threads that hash passwords and do nothing else"),
    Setting("passwords.queue", default: "64", "passwords that may wait for a thread; one more is answered 503"),
  ]

  private static let signIn = [
    Setting("signin.attempts", default: "10", "failed sign-ins to one account from one address in a row"),
    Setting("signin.interval", default: "30s", "after how long one more is allowed"),
    Setting("signin.account.attempts", default: "50", "the same for one account, from all addresses new to it together"),
    Setting("signin.account.interval", default: "60s", "after how long one more is allowed"),
    Setting("signin.address.attempts", default: "200", "the same for one address, whichever the account"),
    Setting("signin.address.interval", default: "1s", "after how long one more is allowed"),
    Setting("signup.attempts", default: "1000", "accounts made from one address in a row"),
    Setting("signup.interval", default: "5s", "after how long one more is allowed"),
  ]
}
