import Contracts
import TestSupport

/// Everybody who asks in the matrix: with accounts of the identity service where the stack runs it, else with tokens of the tests' issuer.
struct People: Sendable {
  struct Person: Sendable {
    let id: Identifier
    /// What `RESTClient` takes as a principal.
    let credential: String
  }

  static let password = "correct horse battery"
  static let operatorEmail = "operator@baedal.example"
  static let operatorPassword = "password of the operator"

  /// Those who have a part in the order; and the same roles without one.
  private(set) var mine: [Asker: Person] = [:]
  private(set) var others: [Asker: Person] = [:]
  let spareCustomer: Person

  /// What a stack must be told so that it believes them.
  static func settings(_ issuer: TokenIssuer) -> [String: String] {
    guard OrderStack.names.contains("identity") else { return issuer.environment }
    return ["OPERATOR_EMAIL": operatorEmail, "OPERATOR_PASSWORD": operatorPassword]
  }

  init(on stack: OrderStack) async throws {
    spareCustomer = try await Self.person(.customer, on: stack)
    for asker in [Asker.customer, .owner, .rider, .operator, .service] {
      mine[asker] = try await Self.person(asker, on: stack)
      others[asker] = try await Self.person(asker, on: stack, client: "review")
    }
    mine[.forged] = Person(id: AccessFixture.newID(), credential: "forged")
  }

  /// - Parameter client: which service, if it is one.
  private static func person(_ asker: Asker, on stack: OrderStack, client: String = "order") async throws -> Person {
    if OrderStack.names.contains("identity") {
      return try await signUp(asker, client, at: RESTClient(stack["identity"].url))
    }
    let id = AccessFixture.newID()
    return Person(id: id, credential: "\(asker.rawValue):\(id)")
  }

  private static func signUp(_ asker: Asker, _ client: String, at identity: RESTClient) async throws -> Person {
    switch asker {
    case .operator: return try await signIn(operatorEmail, operatorPassword, at: identity)
    case .service:
      struct Token: Decodable { let access_token: String }
      let answer = try await identity.send(
        "POST", "/token", "grant_type=client_credentials",
        headers: [
          "Content-Type": "application/x-www-form-urlencoded",
          "Authorization": "Basic \(basic("\(client):\(TokenIssuer.clientSecret)"))",
        ])
      return Person(id: AccessFixture.newID(), credential: try answer.decode(Token.self).access_token)
    default:
      let email = "\(AccessFixture.newID())@example.com"
      try await identity.expect(
        201, "POST", "/accounts",
        #"{"email":"\#(email)","password":"\#(password)","name":"손님","role":"\#(asker.rawValue)"}"#)
      return try await signIn(email, password, at: identity)
    }
  }

  private static func signIn(_ email: String, _ password: String, at identity: RESTClient) async throws -> Person {
    struct Session: Decodable {
      struct Account: Decodable { let id: Identifier }
      let accessToken: String
      let account: Account
    }
    let session = try await identity.expect(201, "POST", "/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#)
      .decode(Session.self)
    return Person(id: session.account.id, credential: session.accessToken)
  }

  /// Base64 with its padding.
  private static func basic(_ text: String) -> String {
    let encoded = Base64URL.encode(Array(text.utf8)).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    return String(encoded) + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
  }
}
