import Concurrency
import Auth
import Logging
import Postgres
import RuntimeConfiguration
import Web

/// What the routes are made of, built from the settings; nothing of it runs yet.
struct IdentityComponents: Sendable {
  let accounts: PostgresAccountStore
  let sessions: PostgresSessionStore
  let passwords: ScryptPasswords
  let signIn: SignIn
  let membership: AccountRegistration
  let keys: SigningKeys
  let issuer: TokenIssuer
  let clients: ServiceClients
  let address: TrustedClientAddress

  /// - Throws: `SettingsError` that names the key.
  init(
    _ settings: Settings, _ runtime: RuntimeConfiguration, postgres: PostgresClient, logger: Logger,
    committed: @escaping @Sendable () -> Void
  ) throws(SettingsError) {
    accounts = PostgresAccountStore(postgres: postgres, committed: committed)
    sessions = PostgresSessionStore(
      postgres: postgres,
      lifetimes: SessionLifetimes(
        session: try settings.duration("sessions.lifetime"), token: try settings.duration("tokens.refresh.lifetime")))
    passwords = try ScryptPasswords(settings)
    let pair = try runtime.rate("signin")
    let account = try runtime.rate("signin.account")
    let address = try runtime.rate("signin.address")
    signIn = SignIn(
      accounts: accounts, sessions: sessions, attempts: PostgresAttemptStore(postgres: postgres), passwords: passwords,
      limits: { SignInLimits(pair: pair(), account: account(), address: address()) })
    membership = AccountRegistration(
      accounts: accounts, passwords: passwords, signIn: signIn, signUps: try runtime.rate("signup"))
    let lifetimes = TokenLifetimes(
      access: try settings.seconds("tokens.access.lifetime"), service: try settings.seconds("tokens.service.lifetime"))
    keys = try SigningKeys(settings, lifetimes, postgres: postgres, logger: logger)
    issuer = TokenIssuer(
      issuer: try settings.string("auth.issuer"), audience: try settings.string("auth.audience"), lifetimes: lifetimes,
      keys: keys)
    let list = try settings.string("clients")
    do throws(ServiceClients.Malformed) {
      clients = try ServiceClients(list)
    } catch {
      throw settings.error("clients", error.reason)
    }
    guard let clientAddress = TrustedClientAddress(trustedProxies: try settings.string("trusted.proxies")) else {
      throw settings.error("trusted.proxies", "must be IP addresses or IPv4 networks between commas")
    }
    self.address = clientAddress
  }

  /// Verifies tokens by the keys in this process.
  func verifier(_ settings: Settings, logger: Logger) throws(SettingsError) -> TokenVerifier {
    TokenVerifier(
      keys: KeySet(source: keys, pace: .init(interval: .seconds(1), shortest: .zero), logger: logger),
      expectation: .init(issuer: try settings.string("auth.issuer"), audience: try settings.string("auth.audience")),
      logger: logger)
  }
}

extension ScryptPasswords {
  fileprivate convenience init(_ settings: Settings) throws(SettingsError) {
    self.init(
      cost: ScryptCost(
        logN: try settings.integer("passwords.cost", in: 1...20), r: try settings.integer("passwords.block", in: 1...32),
        p: try settings.integer("passwords.rounds", in: 1...32)),
      threads: try settings.integer("passwords.threads", in: 1...64),
      queue: try settings.integer("passwords.queue", in: 0...10_000))
  }
}

extension SigningKeys {
  fileprivate convenience init(
    _ settings: Settings, _ lifetimes: TokenLifetimes, postgres: PostgresClient, logger: Logger
  ) throws(SettingsError) {
    guard let encryption = KeyEncryption(hexadecimal: try settings.string("keys.encryption.secret")) else {
      throw settings.error("keys.encryption.secret", "must be 32 bytes in hexadecimal")
    }
    let schedule = KeySchedule(
      interval: try settings.duration("keys.rotation.interval"), lead: try settings.duration("keys.publish.lead"),
      // Instances see the new key up to a few seconds apart, and clocks differ.
      retention: .seconds(lifetimes.longest + 30))
    self.init(store: PostgresKeyStore(postgres: postgres), encryption: encryption, schedule: schedule, logger: logger)
  }
}

extension RuntimeConfiguration {
  /// `<key>.attempts` and `<key>.interval`, as they are at each call.
  fileprivate func rate(_ key: String) throws(SettingsError) -> @Sendable () -> AttemptRate {
    let attempts = try integer("\(key).attempts", in: 1...1_000_000)
    let interval = try duration("\(key).interval", in: .milliseconds(1)...(.seconds(86_400)))
    return { AttemptRate(burst: attempts.value, intervalMilliseconds: interval.value.wholeMilliseconds) }
  }
}

extension Settings {
  /// A length of time in whole seconds.
  fileprivate func seconds(_ key: String) throws(SettingsError) -> Int64 {
    let seconds = try duration(key).components.seconds
    guard seconds > 0 else { throw error(key, "must be a second at least") }
    return seconds
  }
}
