import TestSupport
import Testing
import Web
import Yams

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Joining a service's OpenAPI document")
struct OpenAPIDocumentTests {
  private static let head = """
    openapi: 3.1.0
    info:
      title: tests
      version: 1.0.0

    """

  private func join(_ own: String) throws -> Node {
    try .openAPI(own: Array((Self.head + own).utf8))
  }

  private func paths(_ document: Node) -> [String] {
    document["paths"]?.mapping?.keys.compactMap(\.string) ?? []
  }

  private func components(_ section: String, _ document: Node) -> [String] {
    document["components"]?[section]?.mapping?.keys.compactMap(\.string).sorted() ?? []
  }

  @Test("Every document has the process's operations, and shared components as far as it refers to them")
  func process() throws {
    let document = try join("")
    #expect(paths(document) == ["/livez", "/readyz", "/metrics", "/openapi.yaml"])
    #expect(components("schemas", document) == ["Readiness"])
    #expect(components("headers", document) == ["RetryAfter"])
    #expect(document["info"]?["title"]?.string == "tests")
    #expect(OpenAPIViolations(of: document).all == [])
  }

  @Test("The parts that a service names are added, and the line that names them is left out")
  func parts() throws {
    let document = try join("x-includes: [subscriber, projector]\n")
    #expect(
      Set(paths(document)).isSuperset(of: ["/admin/dead-letters", "/admin/dead-letters/send-back", "/admin/reconcile"]))
    #expect(document["x-includes"] == nil)
    // Found by the references of other components.
    #expect(Set(components("schemas", document)).isSuperset(of: ["DeadLetter", "EntryID", "Problem"]))
    #expect(components("securitySchemes", document) == ["accessToken"])
    #expect(OpenAPIViolations(of: document).all == [])
  }

  @Test("A service adds its own paths, tags and components, and responses of shared operations")
  func own() throws {
    let document = try join(
      """
      tags:
        - name: shops
      paths:
        # Comments and quotes stay.
        /shops:
          get:
            responses:
              "200": { $ref: "#/components/responses/Shops" }
        /metrics:
          get:
            responses:
              "429": { $ref: "#/components/responses/Forbidden" }
      components:
        responses:
          Shops:
            description: |
              Two paragraphs.

              # This is no comment.

      """)
    #expect(paths(document).prefix(2) == ["/shops", "/metrics"])
    let tags = document["tags"]?.sequence.map(Array.init) ?? []
    #expect(tags.compactMap { $0["name"]?.string } == ["shops", "administration", "process"])
    let responses = document["paths"]?["/metrics"]?["get"]?["responses"]?.mapping
    #expect(Set(responses?.keys.compactMap(\.string) ?? []) == ["200", "429"])
    let description = document["components"]?["responses"]?["Shops"]?["description"]?.string
    #expect(description == "Two paragraphs.\n\n# This is no comment.\n")
    #expect(OpenAPIViolations(of: document).all == [])
  }

  @Test(
    "A mistake fails at the start, with its place",
    arguments: [
      ("x-includes: [publishers]\n", "x-includes names publishers, which is no shared part"),
      (
        "paths:\n  /livez:\n    get:\n      summary: Mine.\n",
        "paths > /livez > get > summary is defined twice"
      ),
      (
        "x-includes: [configuration]\ncomponents:\n  schemas:\n    Problem:\n      type: object\n",
        "components > schemas > Problem is defined twice"
      ),
    ])
  func mistakes(_ own: String, _ reason: String) {
    let error = #expect(throws: OpenAPIError.self) { try join(own) }
    #expect(error?.description == "openapi.yaml: \(reason)")
  }

  @Test("Every shared operation and component is in some service's document")
  func sharedParts() throws {
    let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let services = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/Services")
    let documents = try services.map { try Node.openAPI(own: Array(readText("\(repository)/Services/\($0)/openapi.yaml").utf8)) }
    let parts = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/Shared/Web/OpenAPI").filter {
      $0.hasSuffix(".yaml")
    }
    #expect(services.count >= 10 && parts.count == 7)
    for part in parts {
      let shared = try #require(try Yams.compose(yaml: readText("\(repository)/Shared/Web/OpenAPI/\(part)")))
      for path in paths(shared) { #expect(documents.contains { paths($0).contains(path) }, "\(path)") }
      for section in shared["components"]?.mapping?.keys.compactMap(\.string) ?? [] {
        for name in components(section, shared) {
          #expect(documents.contains { components(section, $0).contains(name) }, "\(section)/\(name)")
        }
      }
    }
  }

  @Test("The check of a document finds what is wrong")
  func violations() throws {
    let document = try join(
      """
      paths:
        /shops/{id}:
          get:
            tags: [unknown]
            operationId: isAlive
            security:
              - key: []
            colour: red
            responses:
              "200": { $ref: "#/components/responses/Missing" }
              "20": { description: No status. }
      components:
        schemas:
          Unused:
            type: object

      """)
    #expect(
      Set(OpenAPIViolations(of: document).all) == [
        "get /shops/{id}: has an unknown key colour", "get /shops/{id}: there is no security scheme key",
        "get /shops/{id}: tag unknown is not described", "get /livez: operationId isAlive is taken",
        "get /shops/{id} 200: has no description", "get /shops/{id} 200: has an unknown key $ref",
        "get /shops/{id}: 20 is no status", "get /shops/{id}: its path parameters are []",
        "#/components/responses/Missing: doesn't resolve", "schemas/Unused: nothing refers to it",
      ])
  }
}
