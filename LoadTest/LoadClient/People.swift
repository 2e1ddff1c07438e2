/// The people in whose names the tools act: accounts that are made once and used in every run.
///
/// A password costs the identity service tens of milliseconds of computing each time, on purpose: so they are few, and few come at once.
public struct People: Sendable {
  private static let concurrency = 4
  private let identity: Identity
  private let environment: [String: String]

  /// - Parameter urls: their environment has `ACCOUNTS_PASSWORD`, which all share, and `OPERATOR_EMAIL` and `OPERATOR_PASSWORD`.
  public init(_ urls: ServiceURLs, _ connections: HTTPConnections) {
    (identity, environment) = (Identity(urls.client(of: "identity", connections)), urls.environment)
  }

  /// The first `count` people of a role, always the same, signed in.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedAnswer`, `UnansweredError`.
  public func first(_ count: Int, _ role: Person.Role) async throws -> [Person] {
    try await withThrowingTaskGroup(of: (Int, Person, isNew: Bool).self) { group in
      var people: [Int: Person] = [:]
      // They were made in this order: behind one who is new, all are.
      var areNew = false
      func take(_ next: (number: Int, person: Person, isNew: Bool)?) {
        guard let next else { return }
        people[next.number] = next.person
        areNew = areNew || next.isNew
      }
      for number in 0..<count {
        if number >= Self.concurrency { take(try await group.next()) }
        group.addTask { [areNew] in
          let (person, isNew) = try await person(number, role, isNew: areNew)
          return (number, person, isNew)
        }
      }
      while let next = try await group.next() { take(next) }
      return (0..<count).compactMap { people[$0] }
    }
  }

  /// One of them, by number.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedAnswer`, `UnansweredError`.
  public func person(_ number: Int, _ role: Person.Role) async throws -> Person {
    try await person(number, role, isNew: false).person
  }

  private func person(
    _ number: Int, _ role: Person.Role, isNew: Bool
  ) async throws -> (person: Person, isNew: Bool) {
    let credentials = AccountCredentials(
      email: "\(role.rawValue)-\(number)@load.baedal.example", password: try value("ACCOUNTS_PASSWORD"))
    let name = "\(Self.names[role] ?? "") \(number)"
    let (account, wasNew) = try await identity.account(role, name: name, credentials, isNew: isNew)
    return (account, wasNew)
  }

  /// Who looks after the system.
  ///
  /// - Throws: `MissingSetting`, `UnexpectedAnswer`, `UnansweredError`.
  public func `operator`() async throws -> Person {
    let email = environment["OPERATOR_EMAIL"] ?? "operator@baedal.example"
    return try await identity.signIn(AccountCredentials(email: email, password: try value("OPERATOR_PASSWORD")))
  }

  private func value(_ name: String) throws(MissingSetting) -> String {
    guard let value = environment[name], !value.isEmpty else { throw MissingSetting(name: name) }
    return value
  }

  private static let names: [Person.Role: String] = [.customer: "손님", .owner: "사장님", .rider: "라이더"]
}

/// The environment lacks something that has no default.
public struct MissingSetting: Error, CustomStringConvertible {
  public let name: String

  public init(name: String) {
    self.name = name
  }

  public var description: String { "\(name) is not set; Deploy/stack sets it" }
}
