import Contracts
import TestSupport
import Testing

@Suite("Crashes of identity", .serialized)
struct CrashTests {
  @Test("A crash before the commit of a registration leaves nothing; after it, the account exists and its event is published")
  func signUp() async throws {
    let identity = try await IdentityUnderTest.start()
    let email = IdentityUnderTest.freshEmail()
    try await identity.restart(failpoint: "beforeCommit")
    #expect((try? await identity.register(email)) == nil)
    try await identity.restart(failpoint: "afterCommit")
    #expect((try? await identity.register(email)) == nil, "the email was not taken before")
    try await identity.restart()
    #expect(try await identity.register(email).code == "email_taken")
    let session = try await identity.signIn(email).decode(IdentityUnderTest.Session.self)
    try await eventually("publication of the event") {
      try await identity.sql(
        "SELECT count(*) FROM outbox WHERE subject = '\(session.account.id)' AND published_at IS NOT NULL") == "1"
    }
    try await identity.process.stop()
  }

  @Test("A refresh can be retried after a crash before its commit; after the commit the token counts as used")
  func refresh() async throws {
    let identity = try await IdentityUnderTest.start()
    let session = try await identity.signedInAccount().session
    try await identity.restart(failpoint: "beforeCommit")
    #expect((try? await identity.refresh(session.refreshToken)) == nil)
    try await identity.restart(failpoint: "afterCommit")
    #expect((try? await identity.refresh(session.refreshToken)) == nil)
    try await identity.restart()
    // A lost response can't be told apart from a stolen token.
    #expect(try await identity.refresh(session.refreshToken).code == "refresh_token_reused")
    #expect(try await identity.signIn(IdentityUnderTest.operatorEmail, IdentityUnderTest.operatorPassword).status == 201)
    try await identity.process.stop()
  }
}

extension IdentityUnderTest {
  /// Stops the process, if it still runs, and starts it again.
  fileprivate func restart(failpoint: String = "") async throws {
    try await process.stop()
    try await process.start(with: ["FAILPOINT": failpoint])
  }
}
