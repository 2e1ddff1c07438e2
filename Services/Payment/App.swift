import ServiceDefaults
import Web

@main
struct App {
  static func main() async {
    await ServiceMain.run("payment", settings: PaymentSettings.all) { try await buildPayment($0) }
  }
}
