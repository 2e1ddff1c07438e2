import ServiceCatalogue
public import Web

extension ServiceMain {
  /// Runs a service of the catalogue, which has its port.
  ///
  /// ```swift
  /// @main
  /// struct App {
  ///   static func main() async {
  ///     await ServiceMain.run("shop", settings: ShopSettings.all) { try await buildShop($0) }
  ///   }
  /// }
  /// ```
  public static func run(
    _ name: String, settings: [Setting], build: @Sendable (ServiceEnvironment) async throws -> WebApplication
  ) async -> Never {
    await run(name, port: CataloguedService.named(name).port, settings: settings, build: build)
  }
}

extension CataloguedService {
  /// A service that must be in the catalogue: a program that isn't can't be started.
  static func named(_ name: String) -> CataloguedService {
    guard let service = ServiceCatalogue.standard[name] else {
      preconditionFailure("\(name) is not in Shared/ServiceCatalogue/services.json")
    }
    return service
  }
}
