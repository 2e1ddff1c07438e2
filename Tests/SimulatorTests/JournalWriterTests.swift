import Testing

@testable import Simulator

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Journal")
struct JournalTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test("each line is a JSON object with its kind, and a later run appends")
  func lines() throws {
    struct Line: Decodable { let kind: String, at: Int64, number: Int }
    try withFolder { folder in
      let path = "\(folder)/deep/journal.jsonl"
      for run in 0..<2 {
        let journal = try JournalWriter(path: path)
        for number in 0..<1000 { journal.write("run", "\"number\":\(run * 1000 + number)") }
        journal.flush()
      }
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
      let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
      #expect(lines.map(\.number) == Array(0..<2000))
      #expect(lines.allSatisfy { $0.kind == "run" && $0.at > 1_700_000_000_000 })
    }
  }

  @Test("a journal that can't be opened is an error with its path")
  func unopenable() throws {
    try withFolder { folder in
      try Files.write("a file, not a folder", to: "\(folder)/file")
      #expect(throws: FileError.self) { try JournalWriter(path: "\(folder)/file/journal.jsonl") }
    }
  }

  /// Test vectors by the authors of FNV.
  @Test(
    "bodies are hashed by FNV-1a",
    arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
  func hashes(text: String, hash: String) {
    #expect(JournalWriter.hash(text.utf8) == hash)
  }
}
