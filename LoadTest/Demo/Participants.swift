import Contracts
import LoadClient
import NIOHTTP1
import Telemetry

/// The accounts of a demo run: a newly registered customer, owner and rider, and the operator.
struct Participants: Sendable {
  let customer: UserSession
  let owner: UserSession
  let rider: UserSession
  let `operator`: UserSession

  /// Registers and signs in the participants, and prints each step.
  ///
  /// - Throws: when a request fails; `EventNotReceivedError` when a new account's event is missing.
  init(_ services: Services, _ accounts: AccountPool, _ events: EventTail, _ output: DemoOutput) async throws {
    output.chapter("0  Customer, owner, rider and operator sign in")
    let registration = Registration(identity: services.identity, events: events, output: output)
    customer = try await registration.signUp("김손님", as: .customer)
    owner = try await registration.signUp("이사장", as: .owner)
    rider = try await registration.signUp("박번개", as: .rider)
    `operator` = try await accounts.operator()
    output.signedIn(`operator`)
    output.note("an access token is signed; services verify it with identity's public keys, without a call")
    output.note("the last column is the caller's role")
  }
}

/// Registers new accounts.
private struct Registration {
  let identity: RESTClient
  let events: EventTail
  let output: DemoOutput

  func signUp(_ name: String, as role: UserSession.Role) async throws -> UserSession {
    let password = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
    let email = "\(role.rawValue)-\(Identifier.v7(at: .now()))@demo.baedal.example"
    let person = AccountRequest(email: email, password: password, name: name, role: role)
    let response = try await identity.call(.POST, "/accounts", as: nil, json: person)
    output.call("POST", "/accounts", response, service: "identity", as: nil)
    let id = try response.expecting(201, of: "POST /accounts").decode(IdentifiedView.self).id
    output.eventLine(try await events.event(of: id, sequence: 1, within: ShopDemo.timeout))
    let session = try await Identity(identity).signIn(AccountCredentials(email: email, password: password))
    output.signedIn(session)
    return session
  }
}

/// The body of `POST /accounts`.
private struct AccountRequest: Encodable {
  let email: String
  let password: String
  let name: String
  let role: UserSession.Role
}
