import Concurrency
import Auth
import Contracts
import Crypto
import Logging
import Synchronization
import Telemetry
import Web

/// The schedule of key rotation.
struct KeySchedule: Sendable {
  /// The age at which a key is followed by the next.
  let interval: Duration
  /// How long a key is published before it signs, so that verifiers have fetched it by then.
  let lead: Duration
  /// How long a key is published after its successor has begun to sign: the longest lifetime of a token and a margin.
  let retention: Duration
}

/// The signing keys, which all instances share through the database; `KeyRotation` keeps them current.
final class SigningKeys: Sendable {
  /// There is no key to sign with. Not possible after ``prepare()`` has returned true.
  struct NoKey: UnavailabilityError {
    let retryAfterSeconds = 1
  }

  private let store: PostgresKeyStore
  private let encryption: KeyEncryption
  private let schedule: KeySchedule
  private let logger: Logger
  private let ring = Mutex(KeyRing([]))

  init(store: PostgresKeyStore, encryption: KeyEncryption, schedule: KeySchedule, logger: Logger) {
    self.store = store
    self.encryption = encryption
    self.schedule = schedule
    self.logger = logger
  }

  /// Reads the keys; in an empty database it creates the first.
  /// - Returns: whether there is a key that this instance can sign with.
  func prepare() async throws -> Bool {
    try await publish(ifOlderThan: schedule.interval)
    try await load()
    return current.signing(at: .now()) != nil
  }

  /// Publishes the next key, unless the latest doesn't sign yet, and returns the latest.
  func rotate() async throws -> SigningKey {
    try await publish(ifOlderThan: .zero)
    try await load()
    guard let next = current.keys.last else { throw NoKey() }
    return next
  }

  func sign(_ token: AccessToken, at now: Timestamp) async throws -> String {
    guard let signer = current.signing(at: now)?.signer else { throw NoKey() }
    return try await signer.sign(token)
  }

  /// The key set for verifiers.
  func published(at now: Timestamp) -> [JSONWebKey] {
    current.published(at: now, retention: schedule.retention).map(\.published)
  }

  /// Reads the keys, publishes the next one if it is due, and deletes those that are no longer needed.
  ///
  /// After a failure the keys that were read last stay valid: which of them signs depends only on the time.
  func refresh() async throws {
    try await load()
    if isDue(at: .now()) { try await publish(ifOlderThan: schedule.interval) }
    try await store.deleteKeys(retention: schedule.retention + .seconds(60))
  }

  private var current: KeyRing { ring.withLock { $0 } }

  private func isDue(at now: Timestamp) -> Bool {
    guard let latest = current.keys.last else { return true }
    return now.milliseconds(since: latest.signsFrom) >= schedule.interval.wholeMilliseconds
  }

  private func publish(ifOlderThan age: Duration) async throws {
    let key = Curve25519.Signing.PrivateKey()
    let kid = KeyThumbprint.of(key.publicKey)
    let new = NewKey(
      kid: kid, publicKey: Array(key.publicKey.rawRepresentation), sealedPrivateKey: try encryption.seal(key, kid: kid))
    try await store.publish(new, lead: schedule.lead, ifOlderThan: age)
  }

  private func load() async throws {
    let known = Dictionary(current.keys.map { ($0.kid, $0) }, uniquingKeysWith: { $1 })
    var keys: [SigningKey] = []
    for stored in try await store.keys() {
      let key = if let key = known[stored.kid] { key } else { try await open(stored) }
      keys.append(key)
    }
    let loaded = KeyRing(keys)
    ring.withLock { $0 = loaded }
  }

  private func open(_ stored: StoredKey) async throws -> SigningKey {
    let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: stored.publicKey)
    var signer: TokenSigner?
    do {
      signer = await TokenSigner(keyID: stored.kid, privateKey: try encryption.open(stored.sealedPrivateKey, kid: stored.kid))
      logger.info(
        "A signing key was loaded.", metadata: ["kid": "\(stored.kid)", "signsFrom": "\(stored.signsFrom.rfc3339)"])
    } catch {
      logger.error("A signing key was encrypted with another secret.", metadata: ["kid": "\(stored.kid)"])
    }
    return SigningKey(
      generation: stored.generation, published: JSONWebKey(keyID: stored.kid, publicKey: publicKey),
      signsFrom: stored.signsFrom, signer: signer)
  }
}

extension SigningKeys: KeySource {
  /// The key set, for the verification of tokens in this process.
  func keys() async throws -> [JSONWebKey] { published(at: .now()) }
}
