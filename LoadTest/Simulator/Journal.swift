import Contracts
import LoadClient
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the simulator was told and will hold the system to: one JSON object a line, appended to `.local/journal.jsonl`.
///
/// Whoever audits a run afterwards reads here which writes were acknowledged, and finds in the databases whether they are there.
/// Every line has `kind` and `at` (milliseconds since 1970, when the answer was there); times are the simulator's clock.
///
/// | kind | members | says that |
/// |---|---|---|
/// | `run` | `seed`, `rate`, `duration`, `unhappy`, `ways`, `tolerateOutages` | a run began; lines up to the next `run` are its own |
/// | `order` | `id`, `customerId`, `shopId`, `key`, `body`, `total`, `version`, `way` | `POST /orders` was answered 201 |
/// | `command` | `aggregate`, `id`, `action`, `by`, `status`, `version` | a command on an order or delivery succeeded |
/// | `delivered` | `id`, `orderId`, `riderId`, `version` | a rider's `complete` was answered 200; `id` is the delivery's |
/// | `review` | `id`, `orderId`, `shopId`, `customerId`, `rating`, `key`, `body`, `version` | `POST /reviews` was answered 201 |
/// | `reply` | `id`, `by`, `version` | `POST /reviews/{id}/reply` was answered 200 or 201; `id` is the review's |
/// | `reviewDeleted` | `id`, `shopId`, `customerId` | `DELETE /reviews/{id}` was answered 204 |
/// | `repeat` | `path`, `key`, `body`, `first`, `second`, `same` | a request was sent twice with one key; the two answers |
/// | `fall` | `aggregate`, `id`, `from`, `to` | a version that was shown was lower than (or, pushed, the same as) one shown before |
/// | `end` | `id`, `way`, `status`, `expected` | an order was seen to end in `status`; whether that way may end so |
///
/// `body` is FNV-1a (64 bit, hexadecimal) of the request's body; `first` and `second` are `{"status", "id", "version", "body"}` of
/// answers, their `body` hashed the same way. `by` is the principal: `owner:<id>`. `aggregate` is `order`, `payment` or `delivery`.
/// A `version` or `total` that the answer didn't have is `null`. `ways` is empty when lives take them by chance, not in turn.
///
/// Any task may write. Lines are gathered and written together, at the latest when `flush` is called.
final class Journal: Sendable {
  private let descriptor: Int32
  private let lines = Mutex<[UInt8]>([])
  private static let flushedAt = 64 * 1024

  /// Opens the file for appending, and makes its folder if there is none.
  ///
  /// - Throws: `FileError`.
  init(path: String) throws {
    try Files.makeFolder(of: path)
    descriptor = try Files.openForAppending(path)
  }

  deinit {
    flush()
    close(descriptor)
  }

  /// Adds a line; `members` is JSON text without the braces.
  func write(_ kind: String, _ members: String) {
    let line = "{\"kind\":\"\(kind)\",\"at\":\(WallClock.milliseconds),\(members)}\n"
    lines.withLock { lines in
      lines.append(contentsOf: line.utf8)
      if lines.count >= Self.flushedAt { write(&lines) }
    }
  }

  /// Writes what was gathered.
  func flush() {
    lines.withLock { write(&$0) }
  }

  private func write(_ lines: inout [UInt8]) {
    Files.write(lines, to: descriptor)
    lines.removeAll(keepingCapacity: true)
  }
}

extension Journal {
  /// FNV-1a of 64 bits (Fowler, Noll, Vo): tells whether two bodies are the same.
  static func hash(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
