import Testing

@testable import IdentityService

@Suite("Where a request comes from")
struct ClientAddressTests {
  @Test(
    "The peer, unless it is a proxy that we know; then the last address that it names",
    arguments: [
      ("192.0.2.1", [], "192.0.2.1"), ("192.0.2.1", ["203.0.113.1"], "192.0.2.1"),
      ("127.0.0.1", ["203.0.113.1"], "203.0.113.1"), ("127.0.0.1", ["10.0.0.1, 203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["10.0.0.1", "203.0.113.1"], "203.0.113.1"), ("127.0.0.1", [], "127.0.0.1"),
      ("127.0.0.1", ["nonsense"], "127.0.0.1"), ("::ffff:127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
      ("::1", ["2001:db8:1:2:3:4:5:6"], "20010db800010002/64"), ("", ["203.0.113.1"], "unknown"),
    ] as [(String, [String], String)])
  func addresses(_ peer: String, _ forwarded: [String], _ expected: String) throws {
    let address = try #require(ClientAddress(trustedProxies: "127.0.0.1, ::1"))
    #expect(address.of(peer: peer, forwarded: forwarded) == expected)
  }

  @Test("With nothing said nobody is believed; what is no address is refused")
  func settings() throws {
    #expect(try #require(ClientAddress(trustedProxies: "")).of(peer: "127.0.0.1", forwarded: ["203.0.113.1"]) == "127.0.0.1")
    #expect(ClientAddress(trustedProxies: "gateway") == nil)
  }
}
