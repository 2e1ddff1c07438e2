import Contracts
import TestSupport
import Testing

@Suite("Sessions")
struct SessionTests {
  @Test("Signing in returns an access token, which authenticates the account, and a refresh token")
  func signIn() async throws {
    let identity = try await IdentityUnderTest.shared()
    let account = try await identity.register(role: "rider").decode(Account.self)
    let response = try await identity.signIn(account.email.uppercased())
    #expect(response.status == 201)
    #expect(response.header("Cache-Control") == "no-store")
    let session = try response.decode(IdentityUnderTest.Session.self)
    #expect(session.tokenType == "Bearer")
    #expect(session.expiresIn == 900)
    #expect((1_209_590...1_209_600).contains(session.refreshExpiresIn))
    #expect(session.account.id == account.id)
    #expect(session.account.role == .rider)
    #expect(session.account.name == "김민아")
    #expect(try await identity.client(bearing: session.accessToken).get("/accounts/me").decode(Account.self).id == account.id)
    #expect(try await identity.signIn(account.email, "").code == "invalid_credentials")
    let forged = session.accessToken.dropLast(4) + "AAAA"
    #expect(try await identity.client(bearing: String(forged)).get("/accounts/me").code == "invalid_token")
  }

  @Test("An unknown or malformed email gets the same response as a wrong password")
  func unknown() async throws {
    let identity = try await IdentityUnderTest.shared()
    let account = try await identity.register().decode(Account.self)
    let wrong = try await identity.signIn(account.email, "not the password")
    #expect(wrong.status == 401)
    #expect(wrong.code == "invalid_credentials")
    #expect(wrong.header("WWW-Authenticate") != nil)
    for email in [IdentityUnderTest.freshEmail(), "nobody", "", #"\u0001@example.com"#] {
      let response = try await identity.signIn(email)
      #expect(response.status == 401)
      #expect(response.code == "invalid_credentials")
      // Everything before the trace id.
      #expect(response.text.prefix(150) == wrong.text.prefix(150))
    }
  }

  @Test("A refresh token is exchanged for the next, repeatedly")
  func rotates() async throws {
    let identity = try await IdentityUnderTest.shared()
    let signedIn = try await identity.signedInAccount()
    let account = signedIn.account
    var session = signedIn.session
    var seen: Set<String> = [session.refreshToken]
    for _ in 0..<5 {
      let response = try await identity.refresh(session.refreshToken)
      #expect(response.status == 201)
      session = try response.decode(IdentityUnderTest.Session.self)
      #expect(seen.insert(session.refreshToken).inserted)
      #expect(session.account.id == account.id)
      #expect(try await identity.client(bearing: session.accessToken).get("/accounts/me").status == 200)
    }
    #expect(try await identity.sql("SELECT count(*) FROM sessions WHERE account_id = '\(account.id)'") == "1")
  }

  @Test("Reuse of a refresh token ends its session for both of its holders")
  func reuse() async throws {
    let identity = try await IdentityUnderTest.start()
    let (_, session) = try await identity.signedInAccount()
    let (_, otherSession) = try await identity.signedInAccount()
    let next = try await identity.refresh(session.refreshToken).decode(IdentityUnderTest.Session.self)
    let again = try await identity.refresh(session.refreshToken)
    #expect(again.status == 401)
    #expect(again.code == "refresh_token_reused")
    #expect(try await identity.refresh(next.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.refresh(session.refreshToken).code == "refresh_token_reused")
    #expect(try await identity.refresh(otherSession.refreshToken).status == 201)
    #expect(identity.process.log.contains("A refresh token was used twice"))
    #expect(try await identity.anonymous.get("/metrics").text.contains("refresh_tokens_reused_total 2"))
    try await identity.process.stop()
  }

  @Test("Of twenty concurrent uses of one token one gets the next, and the reuse by the others invalidates that one too")
  func race() async throws {
    let identity = try await IdentityUnderTest.shared()
    for _ in 0..<3 {
      let (account, session) = try await identity.signedInAccount()
      let responses = try await concurrently(20) { _ in try await identity.refresh(session.refreshToken) }
      let successes = responses.filter { $0.status == 201 }
      #expect(successes.count == 1)
      #expect(responses.count { $0.status == 401 && $0.code == "refresh_token_reused" } == 19)
      let next = try #require(successes.first).decode(IdentityUnderTest.Session.self)
      #expect(try await identity.refresh(next.refreshToken).code == "invalid_refresh_token")
      let tokens = "SELECT count(*) FROM refresh_tokens JOIN sessions ON id = session_id WHERE account_id = '\(account.id)'"
      #expect(try await identity.sql(tokens) == "2")
    }
  }

  @Test("Signing out ends the session, and succeeds for an ended session and for an invalid token")
  func signOut() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (_, session) = try await identity.signedInAccount()
    #expect(try await identity.end(session.refreshToken).status == 204)
    #expect(try await identity.end(session.refreshToken).status == 204)
    #expect(try await identity.end("no token at all").status == 204)
    #expect(try await identity.refresh(session.refreshToken).code == "invalid_refresh_token")
    #expect(try await identity.refresh("no token at all").code == "invalid_refresh_token")
  }

  @Test("The database contains no tokens and no passwords, and the attempts no emails and no addresses")
  func atRest() async throws {
    let identity = try await IdentityUnderTest.shared()
    let (account, session) = try await identity.signedInAccount()
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

  @Test("The purge deletes expired sessions, ended sessions without tokens, and expired tokens of active sessions")
  func purge() async throws {
    let identity = try await IdentityUnderTest.start()
    let (expired, _) = try await identity.signedInAccount()
    let (active, session) = try await identity.signedInAccount()
    _ = try await identity.refresh(session.refreshToken)
    let (ended, last) = try await identity.signedInAccount()
    let (recentlyEnded, unused) = try await identity.signedInAccount()
    for token in [last.refreshToken, unused.refreshToken] { #expect(try await identity.end(token).status == 204) }
    _ = try await identity.sql(
      """
      UPDATE sessions SET expires_at = now() - interval '1 s' WHERE account_id = '\(expired.id)';
      UPDATE refresh_tokens SET expires_at = now() - interval '1 s'
      WHERE used_at IS NOT NULL OR session_id IN (SELECT id FROM sessions WHERE account_id = '\(ended.id)');
      UPDATE attempts SET arrival = now() - interval '1 s', trusted_until = now() - interval '1 s';
      """)
    try await identity.process.stop()
    try await identity.process.start()
    try await eventually("the purge") {
      try await identity.sql("SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM refresh_tokens)") == "2 2"
    }
    let kept = try await identity.sql("SELECT string_agg(account_id::text, ' ' ORDER BY created_at) FROM sessions")
    #expect(kept == "\(active.id) \(recentlyEnded.id)")
    #expect(try await identity.sql("SELECT count(*) FROM attempts") == "0")
    try await identity.process.stop()
  }
}
