import Testing
import Web

@Suite("IP addresses")
struct IPAddressTests {
  @Test(
    "An address has one canonical form, and an IPv6 network counts as one client",
    arguments: [
      ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
      ("::FFFF:c000:201", "192.0.2.1", "192.0.2.1"), ("::1", "::1", "::1"), ("::2", "::2", "::/64"),
      ("2001:DB8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8::6", "2001:db8::6", "2001:db8::/64"),
      ("2001:0:0:1::6", "2001:0:0:1::6", "2001:0:0:1::/64"),
    ])
  func addresses(_ text: String, _ written: String, _ network: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.text == written)
    #expect(address.network == network)
  }

  @Test(
    "Other texts are no address",
    arguments: [
      "", "unknown", "unix:", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4:80", " 1.2.3.4", "[::1]", "fe80::1%lo", "::1::",
    ])
  func none(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(
    "An entry of X-Forwarded-For may have surrounding spaces and a port",
    arguments: [
      (" 192.0.2.1\t", "192.0.2.1"), ("192.0.2.1:443", "192.0.2.1"), ("[2001:db8::1]:443", "2001:db8::1"),
      ("[2001:db8::1]", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("", nil), (" ", nil), ("unix:", nil),
      ("192.0.2.1 192.0.2.2", nil), ("[2001:db8::1", nil), ("a:b", nil),
    ] as [(String, String?)])
  func hops(_ entry: String, _ text: String?) {
    #expect(IPAddress(hop: entry[...])?.text == text)
  }
}
