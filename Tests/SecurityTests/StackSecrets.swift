import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The secrets and access lists that `Deploy/secrets` generates for a stack.
struct StackSecrets: Sendable {
  let folder: TemporaryFolder
  /// The secrets by name, such as `SHOP_EVENTS_REDIS_PASSWORD`.
  let values: [String: String]
  /// The access lists of `events` and `cache`, with the passwords' names in place of their hashes.
  private let accessLists: [String: String]

  /// The secrets of the running suite, see ``WithStackSecrets``.
  @TaskLocal static var current: StackSecrets?

  init() async throws {
    folder = try TemporaryFolder()
    let run = try await ChildProcess.run(["\(OpenAPIFiles.repository)/Deploy/secrets", folder.path])
    guard run.exit == .status(0) else { throw ServerFailure(what: "Deploy/secrets", output: run.output) }
    let lines = readText("\(folder.path)/secrets.env").split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
    values = Dictionary(uniqueKeysWithValues: lines.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) })
    var accessLists: [String: String] = [:]
    for list in ["events", "cache"] {
      let printed = try await ChildProcess.run(["\(OpenAPIFiles.repository)/Deploy/catalogue", "acl", list])
      guard printed.exit == .status(0) else { throw ServerFailure(what: "Deploy/catalogue", output: printed.output) }
      accessLists[list] = printed.output
    }
    self.accessLists = accessLists
  }

  /// The users of `events` or `cache`, with the name of their password, if they have one.
  func users(of list: String) -> [(name: String, password: String?)] {
    (accessLists[list] ?? "").split(separator: "\n").filter { $0.hasPrefix("user ") }.map { line in
      let words = line.split(separator: " ")
      let password = words.first { $0.hasPrefix("#<") }.map { String($0.dropFirst(2).dropLast()) }
      return (String(words[1]), password)
    }
  }

  var hasRegistry: Bool { readText("\(folder.path)/events.acl").contains("~registry:") }

  /// The file's permissions, such as 0o600.
  func permissions(of file: String) throws -> Int {
    var status = stat()
    guard stat("\(folder.path)/\(file)", &status) == 0 else { throw SystemCallError("stat") }
    return Int(status.st_mode & 0o777)
  }
}

/// Provides one stack's secrets for all tests of a suite, because generating them takes a second.
struct WithStackSecrets: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try requireServers()
    try await StackSecrets.$current.withValue(StackSecrets()) { try await function() }
  }
}
