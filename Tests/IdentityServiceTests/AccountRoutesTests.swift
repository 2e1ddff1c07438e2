import Contracts
import TestSupport
import Testing

@Suite("Accounts")
struct AccountRoutesTests {
  @Test("An account is registered, and is readable by itself, operators and services only")
  func register() async throws {
    let identity = try await IdentityUnderTest.shared()
    let email = IdentityUnderTest.freshEmail()
    let response = try await identity.register(email.uppercased(), role: "owner")
    #expect(response.status == 201)
    #expect(response.header("ETag") == #""v1""#)
    let account = try response.decode(Account.self)
    #expect(response.header("Location") == "/accounts/\(account.id)")
    #expect(account.email == email)
    #expect(account.role == .owner)
    #expect(account.status == .active)
    #expect(!response.text.contains("scrypt"))

    let own = identity.client(bearing: try await identity.signIn(email).decode(IdentityUnderTest.Session.self).accessToken)
    #expect(try await own.get("/accounts/me").body == response.body)
    #expect(try await own.get("/accounts/\(account.id)").body == response.body)
    #expect(try await own.get("/accounts/me", headers: ["If-None-Match": #""v1""#]).status == 304)
    #expect(try await identity.operatorClient().get("/accounts/\(account.id)").body == response.body)
    #expect(try await identity.serviceClient().get("/accounts/\(account.id)").body == response.body)
    #expect(try await identity.serviceClient().get("/accounts/me").code == "account_not_found")
    let other = try await identity.signedInAccount()
    #expect(
      try await identity.client(bearing: other.session.accessToken).get("/accounts/\(account.id)").code == "account_not_found")
    #expect(try await identity.anonymous.get("/accounts/\(account.id)").status == 401)
    #expect(try await identity.events(of: account.id) == "account.registered 1")
    try await eventually("publication of the event") {
      let ran = try await ChildProcess.run(["redis-cli", "-p", "\(identity.events.port)", "XRANGE", "events:identity", "-", "+"])
      return ran.output.contains(account.id.description)
    }
  }

  @Test("Concurrent registrations of one email in any case create one account")
  func emails() async throws {
    let identity = try await IdentityUnderTest.shared()
    let email = IdentityUnderTest.freshEmail()
    let responses = try await concurrently(8) { index in
      try await identity.register(index.isMultiple(of: 2) ? email : email.uppercased())
    }
    #expect(responses.count { $0.status == 201 } == 1)
    #expect(responses.count { $0.status == 409 && $0.code == "email_taken" } == 7)
  }

  @Test("Only operators register operators; the first is registered once, at the start")
  func operators() async throws {
    let identity = try await IdentityUnderTest.shared()
    #expect(try await identity.register(role: "operator").status == 401)
    let customer = try await identity.signedInAccount()
    let refused = try await identity.register(role: "operator", by: identity.client(bearing: customer.session.accessToken))
    #expect(refused.status == 403)
    let made = try await identity.register(role: "operator", by: identity.operatorClient())
    #expect(made.status == 201)
    #expect(try made.decode(Account.self).role == .operator)
    let before = try await identity.sql("SELECT count(*) FROM accounts WHERE role = 'operator'")
    let again = try await identity.secondInstance(["OPERATOR_EMAIL": "other@baedal.example"])
    #expect(try await identity.sql("SELECT count(*) FROM accounts WHERE role = 'operator'") == before)
    try await again.process.stop()
  }

  @Test(
    "Each invalid registration is rejected with the pointer to the invalid value",
    arguments: [
      (#"{"email":"mina","password":"correct horse battery","name":"x","role":"customer"}"#, "/email"),
      (#"{"email":"a@b.example","password":"short","name":"x","role":"customer"}"#, "/password"),
      (#"{"email":"a.long.one@b.example","password":"A.Long.One@b.example","name":"x","role":"customer"}"#, "/password"),
      (#"{"email":"a@b.example","password":"correct horse battery","name":" ","role":"customer"}"#, "/name"),
      (#"{"email":"a@b.example","password":"correct horse battery","name":"x","role":"service"}"#, "/role"),
      (#"{"email":"a@b.example","password":"correct horse battery","name":"x","role":"rider","id":"1"}"#, "/id"),
    ])
  func rules(_ body: String, _ pointer: String) async throws {
    let response = try await IdentityUnderTest.shared().anonymous.send("POST", "/accounts", body)
    #expect(response.status == 422)
    #expect(response.text.contains(#""pointer":"\#(pointer)""#))
  }

  @Test("Changing the password requires the old one and ends every session")
  func changePassword() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (account, session) = try await identity.signedInAccount()
    let second = try await identity.signIn(account.email).decode(IdentityUnderTest.Session.self)
    let own = identity.client(bearing: session.accessToken)
    let path = "/accounts/\(account.id)/password"
    func change(
      _ current: String, _ new: String, by client: RESTClient, _ headers: [String: String] = [:]
    ) async throws -> RESTAnswer {
      try await client.send("PUT", path, #"{"currentPassword":"\#(current)","newPassword":"\#(new)"}"#, headers: headers)
    }
    #expect(try await change("something else", "another horse entirely", by: own).code == "wrong_password")
    #expect(try await change(IdentityUnderTest.password, "short", by: own).status == 422)
    #expect(try await change(IdentityUnderTest.password, account.email, by: own).status == 422)
    let byOperator = try await change(IdentityUnderTest.password, "another horse entirely", by: identity.operatorClient())
    #expect(byOperator.code == "account_not_found")
    #expect(
      try await change(IdentityUnderTest.password, "another horse entirely", by: own, ["If-Match": #""v7""#]).status == 412)
    let changed = try await change(IdentityUnderTest.password, "another horse entirely", by: own)
    #expect(changed.status == 200)
    #expect(try changed.decode(Account.self).version == 2)
    #expect(try await identity.refresh(session.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.refresh(second.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.signIn(account.email).code == "invalid_credentials")
    #expect(try await identity.signIn(account.email, "another horse entirely").status == 201)
    #expect(try await identity.events(of: account.id) == "account.registered 1, account.passwordChanged 2")
  }

  @Test("A suspended account can't sign in or refresh until it is reactivated; its old sessions stay ended")
  func suspend() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (account, session) = try await identity.signedInAccount()
    let operators = try await identity.operatorClient()
    func set(_ status: String, by client: RESTClient) async throws -> RESTAnswer {
      try await client.send("PUT", "/accounts/\(account.id)/status", #"{"status":"\#(status)"}"#)
    }
    #expect(try await set("suspended", by: identity.client(bearing: session.accessToken)).status == 403)
    let suspended = try await set("suspended", by: operators)
    #expect(suspended.status == 200)
    #expect(try suspended.decode(Account.self).status == .suspended)
    #expect(try await set("suspended", by: operators).body == suspended.body)
    #expect(try await identity.refresh(session.refreshToken).code == "invalid_refresh_token")
    let right = try await identity.signIn(account.email)
    #expect(right.status == 403)
    #expect(right.code == "account_suspended")
    #expect(try await identity.signIn(account.email, "not the password").code == "invalid_credentials")
    #expect(try await set("active", by: operators).status == 200)
    #expect(try await identity.refresh(session.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.signIn(account.email).status == 201)
    #expect(
      try await identity.events(of: account.id) == "account.registered 1, account.suspended 2, account.reactivated 3")

    let own = try await operators.get("/accounts/me").decode(Account.self)
    let selfSuspended = try await operators.send("PUT", "/accounts/\(own.id)/status", #"{"status":"suspended"}"#)
    #expect(selfSuspended.code == "own_account")
  }

  @Test("Batches and versions are for services and operators")
  func batches() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (account, session) = try await identity.signedInAccount()
    let unknown = Identifier.v7(at: account.createdAt)
    let path = "/accounts?ids=\(account.id),\(unknown)"
    #expect(try await identity.client(bearing: session.accessToken).get(path).status == 403)
    let batch = try await identity.serviceClient().get(path).decode(Batch<Account>.self)
    #expect(batch.items.map(\.id) == [account.id])
    #expect(batch.unknown == [unknown])
    let versions = try await identity.serviceClient().get("/accounts/versions?changedSince=\(account.createdAt.rfc3339)")
    #expect(try versions.decode(Page<AggregateVersion>.self).items.contains { $0.id == account.id && $0.version == 1 })
    let republished = try await identity.operatorClient().send(
      "POST", "/admin/republish", #"{"ids":["\#(account.id)"],"dryRun":true}"#)
    #expect(republished.status == 202)
    #expect(republished.text.contains(#""matched":1"#))
  }
}
