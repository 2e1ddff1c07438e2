import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    if CommandLine.arguments.dropFirst() == ["--print-sql"] {
      // The benchmark runs this statement with pgbench, for comparison with the service.
      return print(UpdateShop.sql)
    }
    await ServiceMain.run("shop", settings: ShopSettings.all) { try await buildShop($0) }
  }
}
