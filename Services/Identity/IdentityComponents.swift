import Concurrency
import Auth
import Logging
import Postgres
import RuntimeConfiguration
import Web

/// The commands, stores and keys of the service, constructed from the settings. Constructing them starts no connection and no job.
struct IdentityComponents: Sendable {
  let accounts: PostgresAccountStore
  let passwords: ScryptPasswords
  let registerAccount: RegisterAccount
  let registerFirstOperator: RegisterFirstOperator
  let changePassword: ChangePassword
  let changeAccountStatus: ChangeAccountStatus
  let signIn: SignIn
  let refreshSession: RefreshSession
  let signOut: SignOut
  let keys: SigningKeys
  let issuer: TokenIssuer
  let clients: ServiceClients
  let address: TrustedClientAddress

  /// - Parameter committed: wakes the outbox relay.
  /// - Throws: `SettingsError` that names the key.
  init(
    _ settings: Settings, _ runtime: RuntimeConfiguration, postgres: PostgresClient, logger: Logger,
    committed: @escaping @Sendable () -> Void
  ) throws(SettingsError) {
    accounts = PostgresAccountStore(postgres: postgres, committed: committed)
    passwords = try ScryptPasswords(settings)
    let sessions = PostgresSessionStore(
      postgres: postgres,
      lifetimes: SessionLifetimes(
        session: try settings.duration("sessions.lifetime"), token: try settings.duration("tokens.refresh.lifetime")))
    let attempts = PostgresAttemptStore(postgres: postgres)
    let passwordCheck = PasswordCheck(
      accounts: accounts, attempts: attempts, passwords: passwords, limits: try runtime.signInLimits())
    registerAccount = RegisterAccount(
      accounts: accounts, passwords: passwords, attempts: attempts, rate: try runtime.rate("signup"))
    registerFirstOperator = RegisterFirstOperator(accounts: accounts, passwords: passwords)
    changePassword = ChangePassword(accounts: accounts, passwords: passwords, passwordCheck: passwordCheck)
    changeAccountStatus = ChangeAccountStatus(accounts: accounts)
    signIn = SignIn(accounts: accounts, sessions: sessions, passwordCheck: passwordCheck)
    refreshSession = RefreshSession(sessions: sessions)
    signOut = SignOut(sessions: sessions)
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
      throw settings.error("trusted.proxies", "must be a comma-separated list of IP addresses and IPv4 networks")
    }
    address = clientAddress
  }

  /// Verifies tokens with the keys in this process.
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
      // The margin covers clock differences and the seconds until every instance has read a new key.
      retention: .seconds(lifetimes.longest + 30))
    self.init(store: PostgresKeyStore(postgres: postgres), encryption: encryption, schedule: schedule, logger: logger)
  }
}

extension RuntimeConfiguration {
  fileprivate func signInLimits() throws(SettingsError) -> @Sendable () -> SignInLimits {
    let pair = try rate("signin")
    let account = try rate("signin.account")
    let address = try rate("signin.address")
    return { SignInLimits(pair: pair(), account: account(), address: address()) }
  }

  /// `<key>.attempts` and `<key>.interval`, with their current values at each call.
  fileprivate func rate(_ key: String) throws(SettingsError) -> @Sendable () -> AttemptRate {
    let attempts = try integer("\(key).attempts", in: 1...1_000_000)
    let interval = try duration("\(key).interval", in: .milliseconds(1)...(.seconds(86_400)))
    return { AttemptRate(burst: attempts.value, intervalMilliseconds: interval.value.wholeMilliseconds) }
  }
}

extension Settings {
  /// A duration in whole seconds.
  fileprivate func seconds(_ key: String) throws(SettingsError) -> Int64 {
    let seconds = try duration(key).components.seconds
    guard seconds > 0 else { throw error(key, "must be at least one second") }
    return seconds
  }
}
