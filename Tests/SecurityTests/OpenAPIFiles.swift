import TestSupport
import Yams

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An operation of an OpenAPI file.
struct APIOperation: Hashable, Sendable, CustomStringConvertible {
  let service: String
  let method: String
  let path: String
  /// Whether the operation requires no credentials.
  let isOpen: Bool
  let hasBody: Bool
  /// The documented statuses.
  let statuses: Set<Int>

  var description: String { "\(service) \(method) \(path)" }
}

/// The OpenAPI files of all services in the repository, each with what services share.
enum OpenAPIFiles {
  static let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
  private static let methods = ["get", "put", "post", "delete", "patch"]

  /// Every operation of every service.
  static func operations() throws -> [APIOperation] {
    let services = try FileManager.default.contentsOfDirectory(atPath: "\(repository)/Services").sorted()
    return try services.flatMap { folder in
      let text = readText("\(repository)/Services/\(folder)/openapi.yaml")
      return text.isEmpty ? [] : operations(of: executable(folder), try .openAPI(own: Array(text.utf8)))
    }
  }

  private static func operations(of service: String, _ document: Node?) -> [APIOperation] {
    (document?["paths"]?.mapping ?? [:]).flatMap { path, item in
      methods.compactMap { method in
        item[method].map { operation in
          APIOperation(
            service: service, method: method.uppercased(), path: path.string ?? "",
            isOpen: isOpen(operation["security"] ?? document?["security"]), hasBody: operation["requestBody"] != nil,
            statuses: Set(operation["responses"]?.mapping?.keys.compactMap { $0.string.flatMap { Int($0) } } ?? []))
        }
      }
    }
  }

  /// Without a security requirement, or with an empty one among others.
  private static func isOpen(_ security: Node?) -> Bool {
    let requirements = security?.sequence.map(Array.init) ?? []
    return requirements.isEmpty || requirements.contains { $0.mapping?.isEmpty ?? true }
  }

  /// `order-history` for `OrderHistory`
  private static func executable(_ folder: String) -> String {
    folder.reduce(into: "") { name, character in
      if character.isUppercase, !name.isEmpty { name += "-" }
      name += character.lowercased()
    }
  }
}
