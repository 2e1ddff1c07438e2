import Concurrency
import Auth
import Contracts
import Crypto
import Logging
import ServiceLifecycle
import Synchronization
import Telemetry
import Web

/// When keys change.
struct KeySchedule: Sendable {
  /// How old a key becomes before the next is made.
  let interval: Duration
  /// How long a key is published before it signs: verifiers must have had time to fetch it.
  let lead: Duration
  /// How long a key is published after its successor has begun to sign: the longest life of a token, and some more.
  let retention: Duration
}

/// The keys of all instances: read from the database again and again, and made anew by whichever instance comes first.
final class SigningKeys: Service {
  /// There is no key to sign with; ``prepare()`` sees to it that there always is one.
  struct NoKey: UnavailabilityError {
    let retryAfterSeconds = 1
  }

  private let store: any KeyStore
  private let encryption: KeyEncryption
  private let schedule: KeySchedule
  private let logger: Logger
  private let ring = Mutex(KeyRing([]))

  init(store: any KeyStore, encryption: KeyEncryption, schedule: KeySchedule, logger: Logger) {
    self.store = store
    self.encryption = encryption
    self.schedule = schedule
    self.logger = logger
  }

  /// Reads the keys, and makes the first one in an empty database.
  /// - Returns: whether there is one that we can sign with.
  func prepare() async throws -> Bool {
    try await publish(ifOlderThan: schedule.interval)
    try await load()
    return current.signing(at: .now()) != nil
  }

  /// Publishes the next key, unless one waits to sign already, and says which it is.
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

  /// What verifiers may fetch now.
  func published(at now: Timestamp) -> [JSONWebKey] {
    current.published(at: now, retention: schedule.retention).map(\.published)
  }

  /// Keeps up with the other instances, and with time.
  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await self.load()
          if self.isDue(at: .now()) { try await self.publish(ifOlderThan: self.schedule.interval) }
          try await self.store.forget(retention: self.schedule.retention + .seconds(60))
        } catch {
          // What was read last goes on to be right: it depends on the time only.
          self.logger.debug("Signing keys can't be read now; later again.", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: .seconds(1))
      }
    }
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
        "A signing key was read.", metadata: ["kid": "\(stored.kid)", "signsFrom": "\(stored.signsFrom.rfc3339)"])
    } catch {
      logger.error("A signing key was encrypted with another secret than ours.", metadata: ["kid": "\(stored.kid)"])
    }
    return SigningKey(
      generation: stored.generation, published: JSONWebKey(keyID: stored.kid, publicKey: publicKey),
      signsFrom: stored.signsFrom, signer: signer)
  }
}

extension SigningKeys: KeySource {
  /// What this service itself verifies tokens with: the same keys as everybody, without a way over the network.
  func keys() async throws -> [JSONWebKey] { published(at: .now()) }
}

extension Duration {
  var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
