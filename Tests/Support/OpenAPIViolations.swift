import Web
public import Yams

/// What is wrong with an OpenAPI 3.1 document: its structure, references that don't resolve, and components that nothing refers to.
public struct OpenAPIViolations {
  public private(set) var all: [String] = []
  private let document: Node
  private var referenced: Set<String> = []
  private var operationIDs: Set<String> = []

  public init(of document: Node) {
    self.document = document
    checkHead()
    for (path, item) in document["paths"].members { check(item, path: path) }
    for (name, item) in document["webhooks"].members { check(item, path: name) }
    checkReferences(document)
    checkComponents()
  }

  private mutating func require(_ holds: Bool, _ violation: @autoclosure () -> String) {
    if !holds { all.append(violation()) }
  }

  private mutating func checkHead() {
    require(document["openapi"]?.string?.hasPrefix("3.1.") == true, "openapi: is not 3.1")
    for key in ["title", "version"] { require(document["info"]?[key]?.string != nil, "info: has no \(key)") }
    require(!document["paths"].members.isEmpty, "paths: has none")
    checkKeys(document, Self.rootKeys, "the document")
    checkSecurity(document["security"], "the document")
  }

  private mutating func check(_ item: Node, path: String) {
    checkKeys(item, Self.methods.union(["parameters", "summary", "description"]), path)
    for (method, operation) in item.members where Self.methods.contains(method) {
      check(operation, "\(method) \(path)")
      checkParameters((item["parameters"].items + operation["parameters"].items).map(resolved), path, "\(method) \(path)")
    }
  }

  private mutating func check(_ operation: Node, _ name: String) {
    checkKeys(operation, Self.operationKeys, name)
    checkSecurity(operation["security"], name)
    if let id = operation["operationId"]?.string {
      require(operationIDs.insert(id).inserted, "\(name): operationId \(id) is taken")
    }
    let tags = document["tags"].items.compactMap { $0["name"]?.string }
    for tag in operation["tags"].items.compactMap(\.string) {
      require(tags.contains(tag), "\(name): tag \(tag) is not described")
    }
    if let body = operation["requestBody"] { require(resolved(body)["content"] != nil, "\(name): the request has no content") }
    require(!operation["responses"].members.isEmpty, "\(name): has no response")
    for (status, response) in operation["responses"].members {
      require((100...599).contains(Int(status) ?? 0), "\(name): \(status) is no status")
      require(resolved(response)["description"]?.string != nil, "\(name) \(status): has no description")
      checkKeys(resolved(response), ["description", "headers", "content", "links"], "\(name) \(status)")
    }
  }

  private mutating func checkParameters(_ parameters: [Node], _ path: String, _ name: String) {
    for parameter in parameters {
      let place = "\(name) \(parameter["name"]?.string ?? "?")"
      checkKeys(parameter, Self.parameterKeys, place)
      require(["path", "query", "header", "cookie"].contains(parameter["in"]?.string), "\(place): is nowhere")
      require(parameter["schema"] != nil || parameter["content"] != nil, "\(place): has no schema")
      require(parameter["in"]?.string != "path" || parameter["required"]?.bool == true, "\(place): is not required")
    }
    let described = parameters.filter { $0["in"]?.string == "path" }.compactMap { $0["name"]?.string }
    let named = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    require(Set(described) == Set(named) && described.count == named.count, "\(name): its path parameters are \(described)")
  }

  private mutating func checkSecurity(_ requirements: Node?, _ name: String) {
    for scheme in requirements.items.flatMap(\.members).map(\.key) {
      referenced.insert("#/components/securitySchemes/\(scheme)")
      require(document["components"]?["securitySchemes"]?[scheme] != nil, "\(name): there is no security scheme \(scheme)")
    }
  }

  private mutating func checkReferences(_ node: Node) {
    if let reference = node["$ref"]?.string {
      referenced.insert(reference)
      require(target(of: reference) != nil, "\(reference): doesn't resolve")
    }
    for (_, member) in node.members { checkReferences(member) }
    for item in node.items { checkReferences(item) }
  }

  private mutating func checkComponents() {
    for (section, components) in document["components"].members {
      require(Self.sections.contains(section), "components: \(section) is no kind of component")
      for (name, _) in components.members {
        require(referenced.contains("#/components/\(section)/\(name)"), "\(section)/\(name): nothing refers to it")
      }
    }
  }

  private mutating func checkKeys(_ node: Node, _ known: Set<String>, _ name: String) {
    for (key, _) in node.members { require(known.contains(key) || key.hasPrefix("x-"), "\(name): has an unknown key \(key)") }
  }

  private func resolved(_ node: Node) -> Node {
    node["$ref"]?.string.flatMap(target) ?? node
  }

  private func target(of reference: String) -> Node? {
    let path = reference.split(separator: "/")
    return path.first == "#" ? path.dropFirst().reduce(Optional(document)) { node, key in node?[String(key)] } : nil
  }

  private static let methods: Set = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
  private static let rootKeys: Set = [
    "openapi", "info", "servers", "security", "tags", "paths", "webhooks", "components", "externalDocs", "jsonSchemaDialect",
  ]
  private static let operationKeys: Set = [
    "tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses", "callbacks",
    "deprecated", "security", "servers",
  ]
  private static let parameterKeys: Set = [
    "name", "in", "description", "required", "deprecated", "style", "explode", "allowReserved", "schema", "example", "examples",
    "content",
  ]
  private static let sections: Set = [
    "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links", "callbacks",
    "pathItems",
  ]
}

extension Node {
  /// The OpenAPI document that a service with this file serves.
  public static func openAPI(own file: [UInt8]) throws -> Node {
    try Yams.compose(yaml: OpenAPIDocument(own: file).text) ?? Node("")
  }

  /// The operations of an OpenAPI document: `get /orders/{id}`.
  var operations: Set<String> {
    Set(
      self["paths"].members.flatMap { path, item in
        item.members.map(\.key).filter { $0 != "parameters" }.map { "\($0) \(path)" }
      })
  }

  fileprivate var members: [(key: String, value: Node)] { mapping?.map { ($0.key.string ?? "", $0.value) } ?? [] }
  fileprivate var items: [Node] { sequence.map(Array.init) ?? [] }
}

extension Node? {
  fileprivate var members: [(key: String, value: Node)] { self?.members ?? [] }
  fileprivate var items: [Node] { self?.items ?? [] }
}
