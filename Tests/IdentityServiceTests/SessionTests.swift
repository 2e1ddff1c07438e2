import Contracts
import TestSupport
import Testing

@Suite("Sessions")
struct SessionTests {
  @Test("Signing in gives a pair of tokens; the access token is believed, and says who it is for")
  func signIn() async throws {
    let identity = try await IdentityUnderTest.shared()
    let account = try await identity.register(role: "rider").decode(Account.self)
    let answer = try await identity.signIn(account.email.uppercased())
    #expect(answer.status == 201)
    #expect(answer.header("Cache-Control") == "no-store")
    let session = try answer.decode(IdentityUnderTest.Session.self)
    #expect(session.tokenType == "Bearer")
    #expect(session.expiresIn == 900)
    #expect((1_209_590...1_209_600).contains(session.refreshExpiresIn))
    #expect(session.account.id == account.id)
    #expect(session.account.role == .rider)
    #expect(session.account.name == "김민아")
    #expect(try await identity.holding(session.accessToken).get("/accounts/me").decode(Account.self).id == account.id)
    #expect(try await identity.signIn(account.email, "").code == "invalid_credentials")
    let forged = session.accessToken.dropLast(4) + "AAAA"
    #expect(try await identity.holding(String(forged)).get("/accounts/me").code == "invalid_token")
  }

  @Test("Nobody can tell an unknown email from a wrong password, or from what is no email at all")
  func unknown() async throws {
    let identity = try await IdentityUnderTest.shared()
    let account = try await identity.register().decode(Account.self)
    let wrong = try await identity.signIn(account.email, "not the password")
    #expect(wrong.status == 401)
    #expect(wrong.code == "invalid_credentials")
    #expect(wrong.header("WWW-Authenticate") != nil)
    for email in [IdentityUnderTest.freshEmail(), "nobody", "", #"\u0001@example.com"#] {
      let answer = try await identity.signIn(email)
      #expect(answer.status == 401)
      #expect(answer.code == "invalid_credentials")
      // All but the trace id.
      #expect(answer.text.prefix(150) == wrong.text.prefix(150))
    }
  }

  @Test("A refresh token is exchanged for the next, again and again")
  func rotates() async throws {
    let identity = try await IdentityUnderTest.shared()
    let member = try await identity.member()
    let account = member.account
    var session = member.session
    var seen: Set<String> = [session.refreshToken]
    for _ in 0..<5 {
      let answer = try await identity.refresh(session.refreshToken)
      #expect(answer.status == 201)
      session = try answer.decode(IdentityUnderTest.Session.self)
      #expect(seen.insert(session.refreshToken).inserted)
      #expect(session.account.id == account.id)
      #expect(try await identity.holding(session.accessToken).get("/accounts/me").status == 200)
    }
    #expect(try await identity.sql("SELECT count(*) FROM sessions WHERE account_id = '\(account.id)'") == "1")
  }

  @Test("A token that is used twice ends its session: neither of the two who had it can go on")
  func reuse() async throws {
    let identity = try await IdentityUnderTest.start()
    let (_, stolen) = try await identity.member()
    let (_, bystander) = try await identity.member()
    let next = try await identity.refresh(stolen.refreshToken).decode(IdentityUnderTest.Session.self)
    let again = try await identity.refresh(stolen.refreshToken)
    #expect(again.status == 401)
    #expect(again.code == "refresh_token_reused")
    #expect(try await identity.refresh(next.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.refresh(stolen.refreshToken).code == "refresh_token_reused")
    #expect(try await identity.refresh(bystander.refreshToken).status == 201)
    #expect(identity.process.log.contains("A refresh token was used twice"))
    #expect(try await identity.anybody.get("/metrics").text.contains("refresh_tokens_reused_total 2"))
    try await identity.process.stop()
  }

  @Test("Of twenty who use one token at once one gets the next, and that is worth nothing when the others have been heard")
  func race() async throws {
    let identity = try await IdentityUnderTest.shared()
    for _ in 0..<3 {
      let (account, session) = try await identity.member()
      let answers = try await simultaneously(20) { _ in try await identity.refresh(session.refreshToken) }
      let winners = answers.filter { $0.status == 201 }
      #expect(winners.count == 1)
      #expect(answers.count { $0.status == 401 && $0.code == "refresh_token_reused" } == 19)
      let won = try #require(winners.first).decode(IdentityUnderTest.Session.self)
      #expect(try await identity.refresh(won.refreshToken).code == "invalid_refresh_token")
      let tokens = "SELECT count(*) FROM refresh_tokens JOIN sessions ON id = session_id WHERE account_id = '\(account.id)'"
      #expect(try await identity.sql(tokens) == "2")
    }
  }

  @Test("Who signs out is out, and is told so however often and with whatever they ask")
  func signOut() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (_, session) = try await identity.member()
    #expect(try await identity.end(session.refreshToken).status == 204)
    #expect(try await identity.end(session.refreshToken).status == 204)
    #expect(try await identity.end("no token at all").status == 204)
    #expect(try await identity.refresh(session.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.refresh("no token at all").code == "invalid_refresh_token")
  }

  @Test("Neither tokens nor passwords are in the database, and neither emails nor addresses among the attempts")
  func atRest() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (account, session) = try await identity.member()
    _ = try await identity.signIn(account.email, "not the password")
    let dump = try await ChildProcess.run([
      "sh", "-c",
      "pg_dump -h 127.0.0.1 -p \(identity.postgres.port) -U \(identity.postgres.user) \(identity.database)",
    ])
    #expect(dump.exit == .status(0))
    #expect(dump.output.contains(account.email))
    #expect(!dump.output.contains(session.refreshToken))
    #expect(!dump.output.contains(session.accessToken))
    #expect(!dump.output.contains(IdentityUnderTest.password))
    let attempts = try await identity.sql("SELECT string_agg(a::text, ' ') FROM attempts AS a")
    #expect(!attempts.contains("@") && !attempts.contains("127.0.0.1"))
  }

  @Test("What has ended is forgotten: sessions, those that were ended with their last tokens, and tokens of sessions that go on")
  func purge() async throws {
    let identity = try await IdentityUnderTest.start()
    let (over, _) = try await identity.member()
    let (going, session) = try await identity.member()
    _ = try await identity.refresh(session.refreshToken)
    let (gone, last) = try await identity.member()
    let (leaving, unused) = try await identity.member()
    for token in [last.refreshToken, unused.refreshToken] { #expect(try await identity.end(token).status == 204) }
    _ = try await identity.sql(
      """
      UPDATE sessions SET expires_at = now() - interval '1 s' WHERE account_id = '\(over.id)';
      UPDATE refresh_tokens SET expires_at = now() - interval '1 s'
      WHERE used_at IS NOT NULL OR session_id IN (SELECT id FROM sessions WHERE account_id = '\(gone.id)');
      UPDATE attempts SET arrival = now() - interval '1 s', trusted_until = now() - interval '1 s';
      """)
    try await identity.process.stop()
    try await identity.process.start()
    try await eventually("the purge") {
      try await identity.sql("SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM refresh_tokens)") == "2 2"
    }
    let kept = try await identity.sql("SELECT string_agg(account_id::text, ' ' ORDER BY created_at) FROM sessions")
    #expect(kept == "\(going.id) \(leaving.id)")
    #expect(try await identity.sql("SELECT count(*) FROM attempts") == "0")
    try await identity.process.stop()
  }
}
