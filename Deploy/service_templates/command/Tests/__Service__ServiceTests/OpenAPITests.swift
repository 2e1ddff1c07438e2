import TestSupport
import Testing
import Yams

@Suite("The OpenAPI document of the __name__ service")
struct OpenAPITests {
  @Test("It describes exactly the operations that the running service has")
  func operations() async throws {
    let service = try await __Service__UnderTest.shared()
    let text = try await service.operator.expect(200, "GET", "/openapi.yaml").text
    let described = try #require(try Yams.compose(yaml: text)).operations
    let anybody = RESTClient(service.process.url)
    for (operation, status) in try await SharedOperations.statuses(askedBy: anybody) {
      #expect(status == (described.contains(operation) ? 401 : 404), "\(operation)")
    }
    let own = described.subtracting(SharedOperations.all).filter { $0.contains("/__paths__") }
    #expect(
      own == [
        "post /__paths__", "get /__paths__", "get /__paths__/versions", "get /__paths__/{id}", "patch /__paths__/{id}",
      ])
    for operation in own {
      let parts = operation.split(separator: " ")
      let path = String(parts[1]).replacing("{id}", with: "0197a6b2-0000-7000-8000-000000000001")
      #expect(try await anybody.send(parts[0].uppercased(), path, "{}").status == 401, "\(operation)")
    }
  }
}
