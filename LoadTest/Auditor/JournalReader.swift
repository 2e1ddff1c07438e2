import Contracts

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The simulator's journal of acknowledged writes; `LoadTest/Simulator/JournalWriter.swift` describes the format.
struct JournalReader: Sendable {
  /// A line; the members depend on the kind.
  struct Line: Decodable, Sendable {
    let kind: String
    let id: Identifier?
    let orderId: Identifier?
    let shopId: Identifier?
    let customerId: Identifier?
    let aggregate: String?
    let action: String?
    let scenario: String?
    let status: String?
    let expected: Bool?
    let version: Int64?
    let total: Int64?
    let rating: Int64?
    let from: String?
    let to: String?
    let path: String?
    let key: String?
    let same: Bool?

    private enum CodingKeys: String, CodingKey {
      case kind, id, orderId, shopId, customerId, aggregate, action, status, expected, version, total
      case rating, from, to, path, key, same
      case scenario = "way"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      kind = try container.decode(String.self, forKey: .kind)
      func value<Value: Decodable>(_ key: CodingKeys) -> Value? { try? container.decodeIfPresent(Value.self, forKey: key) }
      func text(_ key: CodingKeys) -> String? { value(key) ?? (value(key) as Int64?).map { "\($0)" } }
      (id, orderId, shopId, customerId) = (value(.id), value(.orderId), value(.shopId), value(.customerId))
      (aggregate, action, scenario, status) = (value(.aggregate), value(.action), value(.scenario), text(.status))
      (expected, version, same) = (value(.expected), value(.version), value(.same))
      (total, rating) = (value(.total), value(.rating))
      (from, to, path, key) = (text(.from), text(.to), value(.path), value(.key))
    }
  }

  /// A line that can't be decoded.
  struct UnreadableLineError: Error, CustomStringConvertible {
    let description: String
  }

  private let lines: [String: [Line]]

  /// Reads the file; a missing file is an empty journal.
  ///
  /// - Throws: ``UnreadableLineError``, but not for the last line, which a crash of the simulator may have truncated.
  init(path: String) throws {
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      lines = [:]
      return
    }
    let decoder = JSONDecoder()
    var lines: [String: [Line]] = [:]
    let texts = bytes.split(separator: UInt8(ascii: "\n"))
    for (index, text) in texts.enumerated() {
      do {
        let line = try decoder.decode(Line.self, from: text)
        lines[line.kind, default: []].append(line)
      } catch  where index < texts.count - 1 {
        throw UnreadableLineError(description: "line \(index + 1) of \(path): \(error)")
      } catch {}
    }
    self.lines = lines
  }

  /// The lines of a kind, in order.
  subscript(kind: String) -> [Line] { lines[kind] ?? [] }
}
