import Concurrency
import Crypto
import CryptoExtras
import Metrics
import NIOPosix
import ServiceLifecycle
import Synchronization
import Web

/// Hashes passwords with scrypt, on a thread pool of its own.
///
/// A hash takes a core for a quarter of a second, which would block other requests on an event loop or on the cooperative pool. The queue is
/// bounded: after seconds of waiting the client has given up.
final class ScryptPasswords: PasswordHashing, Service {
  /// The queue is full.
  struct QueueFull: UnavailabilityError {
    let retryAfterSeconds = 1
  }

  private let pool: NIOThreadPool
  private let cost: ScryptCost
  /// The most passwords that may be waiting or in progress.
  private let limit: Int
  private let pending = Atomic<Int>(0)
  private let completed = Atomic<Int>(0)
  /// Compared with if there is no account, so that the response takes as long as for a wrong password.
  private let decoy: PasswordHash
  private let timer = Timer(label: "password_hash_seconds")
  private let inProgress = Meter(label: "password_hashes_in_progress")
  private let refused = Counter(label: "password_hashes_refused_total")

  /// - Parameter queue: how many passwords may wait for a thread.
  init(cost: ScryptCost, threads: Int, queue: Int) {
    self.cost = cost
    limit = threads + queue
    decoy = PasswordHash(cost: cost, salt: .random(count: 16), hash: .random(count: 32))
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  /// The number of hashes computed so far.
  var derivations: Int { completed.load(ordering: .relaxed) }

  func run() async throws {
    try? await gracefulShutdown()
    try await shutdown()
  }

  /// Completes what is queued, and stops the threads.
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
    let hash = stored ?? decoy
    let key = try await derive(password, salt: hash.salt, cost: hash.cost, count: hash.hash.count)
    // Keys are compared in constant time.
    guard key == SymmetricKey(data: hash.hash), stored != nil else { return .wrong }
    return hash.cost == cost ? .right : .outdated
  }

  private func derive(_ password: String, salt: [UInt8], cost: ScryptCost, count: Int) async throws -> SymmetricKey {
    guard pending.add(1, ordering: .relaxed).newValue <= limit else {
      pending.subtract(1, ordering: .relaxed)
      refused.increment()
      throw QueueFull()
    }
    inProgress.increment()
    defer {
      pending.subtract(1, ordering: .relaxed)
      inProgress.decrement()
    }
    // scrypt rejects an empty password. No account has one, so the result is a mismatch.
    let bytes = password.isEmpty ? [0] : Array(password.utf8)
    return try await pool.runIfActive { [timer] in
      let start = ContinuousClock.now
      defer {
        timer.recordNanoseconds((ContinuousClock.now - start).wholeNanoseconds)
        self.completed.add(1, ordering: .relaxed)
      }
      return try KDF.Scrypt.deriveKey(
        from: bytes, salt: salt, outputByteCount: count, rounds: 1 << cost.logN, blockSize: cost.r,
        parallelism: cost.p)
    }
  }
}

extension [UInt8] {
  /// Bytes of the system's cryptographic random number generator.
  fileprivate static func random(count: Int) -> [UInt8] {
    SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Array($0) }
  }
}
