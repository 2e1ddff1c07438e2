import Testing

@testable import IdentityService

@Suite("Passwords and account rules")
struct PasswordTests {
  private let cheap = ScryptCost(logN: 4, r: 8, p: 1)

  @Test("A hash contains its parameters: with others than the current ones it is verified, and reported as outdated")
  func hashes() async throws {
    let passwords = ScryptPasswords(cost: cheap, threads: 1, queue: 8)
    let hash = try await passwords.hash("correct horse battery")
    #expect(hash.hasPrefix("$scrypt$ln=4,r=8,p=1$"))
    #expect(try await passwords.hash("correct horse battery") != hash, "salted")
    #expect(try await passwords.verify("correct horse battery", against: hash) == .right)
    #expect(try await passwords.verify("correct horse batterz", against: hash) == .wrong)
    #expect(try await passwords.verify("correct horse battery", against: "nonsense") == .wrong)
    let costlier = ScryptPasswords(cost: ScryptCost(logN: 5, r: 8, p: 1), threads: 1, queue: 8)
    #expect(try await costlier.verify("correct horse battery", against: hash) == .outdated)
    try await passwords.shutdown()
    try await costlier.shutdown()
  }

  @Test("The third test vector of RFC 7914, section 12")
  func vector() async throws {
    let passwords = ScryptPasswords(cost: cheap, threads: 1, queue: 8)
    let hash = PasswordHash(
      cost: ScryptCost(logN: 14, r: 8, p: 1), salt: Array("SodiumChloride".utf8),
      hash: try #require(
        Hexadecimal.decode(
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        )))
    #expect(PasswordHash(hash.text) == hash)
    #expect(try await passwords.verify("pleaseletmein", against: hash.text) == .outdated)
    try await passwords.shutdown()
  }

  @Test(
    "A malformed hash is rejected",
    arguments: [
      "", "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", "$scrypt$ln=99,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
      "$scrypt$ln=4,r=8$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaA",
      "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA$",
    ])
  func malformed(_ text: String) {
    #expect(PasswordHash(text) == nil)
  }

  @Test(
    "Emails are valid as HTML defines them",
    arguments: [
      ("mina@example.com", true), ("m@x", true), ("a.b+c_d-e!#$%&'*/=?^`{|}~@sub-1.example.co.kr", true),
      (String(repeating: "a", count: 64) + "@example.com", true), (String(repeating: "a", count: 65) + "@example.com", false),
      ("", false), ("mina", false), ("@example.com", false), ("mina@", false), ("mina@@example.com", false),
      ("mina@exa mple.com", false), ("미나@example.com", false), ("mina@-example.com", false), ("mina@example-.com", false),
      ("mina@example..com", false), ("mina@example.com\u{0}", false), ("\"mina\"@example.com", false),
      ("m@" + String(repeating: "abcdefgh.", count: 30), false),
    ])
  func emails(_ text: String, _ isEmail: Bool) {
    #expect(AccountRules.isEmail(text) == isEmail)
  }

  @Test(
    "Passwords have 10 to 128 characters and are not the email",
    arguments: [
      ("123456789", false), ("1234567890", true), (String(repeating: "a", count: 128), true),
      (String(repeating: "a", count: 129), false), ("비밀번호가열글자입니다", true), ("MINA@example.com", false),
    ])
  func passwords(_ password: String, _ isAllowed: Bool) {
    #expect((AccountRules.error(inPassword: password, email: "mina@example.com", at: "/password") == nil) == isAllowed)
  }
}
