import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    if CommandLine.arguments.dropFirst() == ["--print-sql"] {
      // What the benchmark has pgbench run beside the service.
      return print(UpdateShop.sql)
    }
    await ServiceMain.run("shop", settings: ShopSettings.all) { try await buildShop($0) }
  }
}
