import Contracts
import TestSupport

/// The callers of the matrix: accounts of the identity service if the stack has it, otherwise principals of the tests' token issuer.
struct MatrixCallers: Sendable {
  struct Caller: Sendable {
    let id: Identifier
    /// The principal parameter of `RESTClient`.
    let credential: String
  }

  static let password = "correct horse battery"
  static let operatorEmail = "operator@baedal.example"
  static let operatorPassword = "password of the operator"

  /// The participants of the order.
  private(set) var participants: [CallerRole: Caller] = [:]
  /// Callers of the same roles without access to the order.
  private(set) var outsiders: [CallerRole: Caller] = [:]
  let spareCustomer: Caller

  /// The settings of a stack that accepts the callers.
  static func settings(_ issuer: TokenIssuer) -> [String: String] {
    guard OrderStack.names.contains("identity") else { return issuer.environment }
    return ["OPERATOR_EMAIL": operatorEmail, "OPERATOR_PASSWORD": operatorPassword]
  }

  init(on stack: OrderStack) async throws {
    spareCustomer = try await Self.caller(.customer, on: stack)
    for role in [CallerRole.customer, .owner, .rider, .operator, .service] {
      participants[role] = try await Self.caller(role, on: stack)
      outsiders[role] = try await Self.caller(role, on: stack, client: "review")
    }
    participants[.forged] = Caller(id: AccessFixture.newID(), credential: "forged")
  }

  /// - Parameter client: the service, for callers of the service role.
  private static func caller(_ role: CallerRole, on stack: OrderStack, client: String = "order") async throws -> Caller {
    if OrderStack.names.contains("identity") {
      return try await signUp(role, client, at: RESTClient(stack["identity"].url))
    }
    let id = AccessFixture.newID()
    return Caller(id: id, credential: "\(role.rawValue):\(id)")
  }

  private static func signUp(_ role: CallerRole, _ client: String, at identity: RESTClient) async throws -> Caller {
    switch role {
    case .operator: return try await signIn(operatorEmail, operatorPassword, at: identity)
    case .service:
      struct Token: Decodable { let access_token: String }
      let response = try await identity.send(
        "POST", "/token", "grant_type=client_credentials",
        headers: [
          "Content-Type": "application/x-www-form-urlencoded",
          "Authorization": "Basic \(basic("\(client):\(TokenIssuer.clientSecret)"))",
        ])
      return Caller(id: AccessFixture.newID(), credential: try response.decode(Token.self).access_token)
    default:
      let email = "\(AccessFixture.newID())@example.com"
      try await identity.expect(
        201, "POST", "/accounts",
        #"{"email":"\#(email)","password":"\#(password)","name":"손님","role":"\#(role.rawValue)"}"#)
      return try await signIn(email, password, at: identity)
    }
  }

  private static func signIn(_ email: String, _ password: String, at identity: RESTClient) async throws -> Caller {
    struct Session: Decodable {
      struct Account: Decodable { let id: Identifier }
      let accessToken: String
      let account: Account
    }
    let session = try await identity.expect(201, "POST", "/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#)
      .decode(Session.self)
    return Caller(id: session.account.id, credential: session.accessToken)
  }

  /// Base64 with padding.
  private static func basic(_ text: String) -> String {
    let encoded = Base64URL.encode(Array(text.utf8)).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    return String(encoded) + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
  }
}
