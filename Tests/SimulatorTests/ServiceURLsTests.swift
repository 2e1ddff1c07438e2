import LoadClient
import Testing

@Suite("Service URLs")
struct ServiceURLsTests {
  private static let environment = ["ORDER_HISTORY_URL": "http://history:1/", "GATEWAY_URL": "http://gateway:2", "SHOP_URL": ""]

  @Test("addresses come from the environment or default to the local stack")
  func direct() {
    let urls = ServiceURLs(Self.environment)
    #expect(urls["order-history"] == "http://history:1")
    #expect(urls["shop"] == "http://127.0.0.1:8101")
    #expect(urls["identity"] == "http://127.0.0.1:8107")
  }

  @Test("through the gateway each service has a path prefix")
  func gateway() {
    let urls = ServiceURLs(Self.environment, through: .gateway)
    #expect(urls["order-history"] == "http://gateway:2/order-history")
    #expect(ServiceURLs([:], through: .gateway)["shop"] == "http://127.0.0.1:8080/shop")
  }
}
