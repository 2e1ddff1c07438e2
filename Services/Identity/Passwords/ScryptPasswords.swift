import Crypto
import CryptoExtras
import Metrics
import NIOPosix
import ServiceLifecycle
import Synchronization
import Web

/// Hashes passwords by scrypt, on threads that do nothing else.
///
/// A hash takes a core for a quarter of a second: on an event loop or on Swift's pool it would stop every other request. What waits
/// is bounded, for a queue of seconds is worth nothing to those who stand in it.
final class ScryptPasswords: PasswordHashing, Service {
  /// More passwords wait than are kept waiting.
  struct Busy: UnavailabilityError {
    let retryAfterSeconds = 1
  }

  private let pool: NIOThreadPool
  private let cost: ScryptCost
  /// Waiting or being hashed.
  private let limit: Int
  private let present = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  /// What is compared with when there is no account: as dear as any, and nobody's.
  private let nobodys: PasswordHash
  private let timer = Timer(label: "password_hash_seconds")
  private let waiting = Meter(label: "password_hashes_in_progress")
  private let refused = Counter(label: "password_hashes_refused_total")

  /// - Parameter queue: how many may wait beside those that are being hashed.
  init(cost: ScryptCost, threads: Int, queue: Int) {
    self.cost = cost
    limit = threads + queue
    nobodys = PasswordHash(cost: cost, salt: .random(count: 16), hash: .random(count: 32))
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  /// How often a password was hashed so far.
  var derivations: Int { done.load(ordering: .relaxed) }

  func run() async throws {
    try? await gracefulShutdown()
    try await shutdown()
  }

  /// Ends the threads when they have done what waits.
  func shutdown() async throws {
    try await pool.shutdownGracefully()
  }

  func hash(_ password: String) async throws -> String {
    let (cost, salt) = (cost, [UInt8].random(count: 16))
    let key = try await derive(password, salt: salt, cost: cost, count: 32)
    return PasswordHash(cost: cost, salt: salt, hash: key.withUnsafeBytes { Array($0) }).text
  }

  func verify(_ password: String, against text: String?) async throws -> PasswordVerdict {
    let stored = text.flatMap { PasswordHash($0) }
    let hash = stored ?? nobodys
    let key = try await derive(password, salt: hash.salt, cost: hash.cost, count: hash.hash.count)
    // Keys are compared in constant time.
    guard key == SymmetricKey(data: hash.hash), stored != nil else { return .wrong }
    return hash.cost == cost ? .right : .outdated
  }

  private func derive(_ password: String, salt: [UInt8], cost: ScryptCost, count: Int) async throws -> SymmetricKey {
    guard present.add(1, ordering: .relaxed).newValue <= limit else {
      present.subtract(1, ordering: .relaxed)
      refused.increment()
      throw Busy()
    }
    waiting.increment()
    defer {
      present.subtract(1, ordering: .relaxed)
      waiting.decrement()
    }
    // Nobody's password is empty, and scrypt can't be asked for it.
    let bytes = password.isEmpty ? [0] : Array(password.utf8)
    return try await pool.runIfActive { [timer] in
      let start = ContinuousClock.now
      defer {
        let parts = (ContinuousClock.now - start).components
        timer.recordNanoseconds(parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
        self.done.add(1, ordering: .relaxed)
      }
      return try KDF.Scrypt.deriveKey(
        from: bytes, salt: salt, outputByteCount: count, rounds: 1 << cost.logN, blockSize: cost.r,
        parallelism: cost.p)
    }
  }
}

extension [UInt8] {
  /// Unpredictable bytes, from the system's generator.
  static func random(count: Int) -> [UInt8] {
    SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Array($0) }
  }
}
