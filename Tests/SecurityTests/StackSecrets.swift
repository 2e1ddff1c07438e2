import TestSupport

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Passwords and access lists as `Deploy/secrets` makes them for a stack.
struct StackSecrets: Sendable {
  let folder: TemporaryFolder
  /// By name: `SHOP_EVENTS_REDIS_PASSWORD`.
  let values: [String: String]
  /// The access lists of `events` and `cache`, with the names of the passwords in place of their hashes.
  private let accessLists: [String: String]

  init() async throws {
    folder = try TemporaryFolder()
    let made = try await ChildProcess.run(["\(OpenAPIFiles.repository)/Deploy/secrets", folder.path])
    guard made.exit == .status(0) else { throw ServerFailure(what: "Deploy/secrets", output: made.output) }
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

  /// The users of `events` or `cache`, and for those that a service signs in as, the name of its password.
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
