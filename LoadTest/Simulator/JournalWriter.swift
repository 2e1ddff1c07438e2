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

/// Records acknowledged writes for the auditor: one JSON object a line, appended to `.local/journal.jsonl`.
///
/// The auditor compares the databases with these lines. Every line has `kind` and `at` (milliseconds since 1970 by the simulator's
/// clock, when the response arrived).
///
/// | kind | members | meaning |
/// |---|---|---|
/// | `run` | `seed`, `rate`, `duration`, `unhappy`, `ways`, `tolerateOutages` | a run began; the lines up to the next `run` belong to it |
/// | `order` | `id`, `customerId`, `shopId`, `key`, `body`, `total`, `version`, `way` | `POST /orders` returned 201 |
/// | `command` | `aggregate`, `id`, `action`, `by`, `status`, `version` | a command on an order or delivery succeeded |
/// | `delivered` | `id`, `orderId`, `riderId`, `version` | a rider's `complete` returned 200; `id` is the delivery's |
/// | `review` | `id`, `orderId`, `shopId`, `customerId`, `rating`, `key`, `body`, `version` | `POST /reviews` returned 201 |
/// | `reply` | `id`, `by`, `version` | `POST /reviews/{id}/reply` returned 200 or 201; `id` is the review's |
/// | `reviewDeleted` | `id`, `shopId`, `customerId` | `DELETE /reviews/{id}` returned 204 |
/// | `repeat` | `path`, `key`, `body`, `first`, `second`, `same` | a request was sent twice with one key; the two responses |
/// | `fall` | `aggregate`, `id`, `from`, `to` | a version was lower than one shown before (or equal to it, on a stream) |
/// | `end` | `id`, `way`, `status`, `expected` | an order's final status, and whether its scenario (`way`) permits it |
///
/// `body` is FNV-1a (64 bit, hexadecimal) of the request's body; `first` and `second` are `{"status", "id", "version", "body"}` of
/// responses, their `body` hashed likewise. `by` is the principal: `owner:<id>`. `aggregate` is `order`, `payment` or `delivery`.
/// A `version` or `total` that the response lacks is `null`. `ways` are the scenarios that are run in turn; empty if chosen at random.
///
/// Safe to use from any task. Lines are buffered, and written by `flush` at the latest.
final class JournalWriter: Sendable {
  private let descriptor: Int32
  private let lines = Mutex<[UInt8]>([])
  private static let bufferSize = 64 * 1024

  /// Opens the file for appending, and creates its folder if necessary.
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
      if lines.count >= Self.bufferSize { write(&lines) }
    }
  }

  /// Writes the buffered lines.
  func flush() {
    lines.withLock { write(&$0) }
  }

  private func write(_ lines: inout [UInt8]) {
    Files.write(lines, to: descriptor)
    lines.removeAll(keepingCapacity: true)
  }
}

extension JournalWriter {
  /// FNV-1a of 64 bits (Fowler, Noll, Vo), to compare bodies.
  static func hash(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
