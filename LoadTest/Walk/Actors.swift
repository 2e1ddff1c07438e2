import Contracts
import LoadClient
import NIOHTTP1
import Telemetry

/// Who takes part in a walk: a customer, an owner and a rider who sign up for it, and the operator.
struct Actors: Sendable {
  let customer: Person
  let owner: Person
  let rider: Person
  let `operator`: Person

  /// Tells how each of them comes by a token.
  ///
  /// - Throws: when somebody is refused; `MissingEventError`, when nothing was heard of a new account.
  init(_ services: Services, _ people: People, _ events: EventTail, _ narration: Narration) async throws {
    narration.chapter("0  Four people sign in")
    let entrance = Entrance(identity: services.identity, events: events, narration: narration)
    customer = try await entrance.signUp("김손님", as: .customer)
    owner = try await entrance.signUp("이사장", as: .owner)
    rider = try await entrance.signUp("박번개", as: .rider)
    `operator` = try await people.operator()
    narration.signedIn(`operator`)
    narration.note("a token says who somebody is, signed; services check it by identity's public keys, and ask nobody")
    narration.note("at the end of each line: who asks")
  }
}

/// Where people come in who weren't there before.
private struct Entrance {
  let identity: RESTClient
  let events: EventTail
  let narration: Narration

  func signUp(_ name: String, as role: Person.Role) async throws -> Person {
    let password = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-")
    let email = "\(role.rawValue)-\(Identifier.v7(at: .now()))@walk.baedal.example"
    let person = NewPerson(email: email, password: password, name: name, role: role)
    let answer = try await identity.call(.POST, "/accounts", as: nil, json: person)
    narration.call("POST", "/accounts", answer, service: "identity", as: nil)
    let id = try answer.expecting(201, of: "POST /accounts").decode(NamedView.self).id
    narration.eventLine(try await events.event(of: id, sequence: 1, within: ShopTour.patience))
    let account = try await Identity(identity).signIn(AccountCredentials(email: email, password: password))
    narration.signedIn(account)
    return account
  }
}

/// The body of `POST /accounts`.
private struct NewPerson: Encodable {
  let email: String
  let password: String
  let name: String
  let role: Person.Role
}
