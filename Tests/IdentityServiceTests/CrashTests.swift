import Contracts
import TestSupport
import Testing

@Suite("Identity ended in the middle", .serialized)
struct CrashTests {
  @Test("A sign-up that dies before its commit leaves nothing; after it, the account is there and its event is published")
  func signUp() async throws {
    let identity = try await IdentityUnderTest.start()
    let email = IdentityUnderTest.freshEmail()
    try await identity.restart(failpoint: "beforeCommit")
    #expect((try? await identity.register(email)) == nil)
    try await identity.restart(failpoint: "afterCommit")
    #expect((try? await identity.register(email)) == nil, "the email was free still")
    try await identity.restart()
    #expect(try await identity.register(email).code == "email_taken")
    let session = try await identity.signIn(email).decode(IdentityUnderTest.Session.self)
    try await eventually("its publication") {
      try await identity.sql(
        "SELECT count(*) FROM outbox WHERE subject = '\(session.account.id)' AND published_at IS NOT NULL") == "1"
    }
    try await identity.process.stop()
  }

  @Test("A refresh that dies before its commit can be sent again; after it, the token counts as used")
  func refresh() async throws {
    let identity = try await IdentityUnderTest.start()
    let session = try await identity.member().session
    try await identity.restart(failpoint: "beforeCommit")
    #expect((try? await identity.refresh(session.refreshToken)) == nil)
    try await identity.restart(failpoint: "afterCommit")
    #expect((try? await identity.refresh(session.refreshToken)) == nil)
    try await identity.restart()
    // Whether the answer was lost or stolen nobody can tell.
    #expect(try await identity.refresh(session.refreshToken).code == "refresh_token_reused")
    #expect(try await identity.signIn(IdentityUnderTest.operatorEmail, IdentityUnderTest.operatorPassword).status == 201)
    try await identity.process.stop()
  }
}

extension IdentityUnderTest {
  /// Ends the process, if it hasn't ended, and starts it again.
  fileprivate func restart(failpoint: String = "") async throws {
    try await process.stop()
    try await process.start(with: ["FAILPOINT": failpoint])
  }
}
