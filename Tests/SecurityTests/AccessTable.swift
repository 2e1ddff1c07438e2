/// Who may do what: a row for each operation of each OpenAPI file, or several where the query or the body changes who may.
///
/// `yes`: carried out, or refused for the state that things are in. `401`, `403`, `404`: refused so. `own/404`: on one's own; to others it isn't
/// there. `own/403`: on one's own, and everybody may know that it is there. `own/none`: a list that has nothing for others. `signed`: 401 unless
/// the request carries a proof of its own. Objects in angle brackets are those of `AccessFixture`. Rows are asked for in their order.
enum AccessTable {
  static let rows: [AccessRow] = text.split(separator: "\n").flatMap { line -> [AccessRow] in
    if line.hasPrefix("#") { return [] }
    guard let row = AccessRow(line) else { preconditionFailure("a row can't be read: \(line)") }
    return (groups[row.service] ?? [row.service]).map { row.moved(to: $0) }
  }

  static let everyService = [
    "gateway", "identity", "order", "order-history", "payment", "payment-provider", "review", "rider", "shop", "shop-listing",
  ]

  /// What stands in place of a service, in a row for several.
  private static let groups = [
    "*": everyService,
    "publisher": ["shop", "order", "payment", "rider", "review", "identity"],
    "subscriber": ["order", "rider", "review", "shop-listing", "order-history"],
    "configured": ["identity", "shop", "order", "payment", "rider", "review", "shop-listing", "order-history", "gateway"],
    "copier": ["order", "shop-listing", "order-history"],
  ]

  private static let text = """
    #                                                        nobody forged customer owner    rider    operator service
    * GET /livez                                             yes    yes    yes      yes      yes      yes      yes
    * GET /readyz                                            yes    yes    yes      yes      yes      yes      yes
    * GET /metrics                                           yes    yes    yes      yes      yes      yes      yes
    * GET /openapi.yaml                                      yes    yes    yes      yes      yes      yes      yes

    # Groups of services, see above.
    publisher POST /admin/republish                          401    401    403      403      403      yes      403
    publisher GET /admin/events/<new>                        401    401    403      403      403      404      403
    copier POST /admin/reconcile                             401    401    403      403      403      yes      403
    subscriber GET /admin/dead-letters                       401    401    403      403      403      yes      403
    subscriber POST /admin/dead-letters/send-back            401    401    403      403      403      yes      403
    configured GET /admin/configuration                      401    401    403      403      403      yes      403
    configured PUT /admin/configuration/<new>                401    401    403      403      403      404      403
    configured DELETE /admin/configuration/<new>             401    401    403      403      403      404      403

    shop POST /shops                                         401    401    403      yes      403      403      403
    shop GET /shops                                          401    401    yes      yes      yes      yes      yes
    shop GET /shops?ids=<shop>                               401    401    403      403      403      yes      yes
    shop GET /shops/versions                                 401    401    403      403      403      yes      yes
    shop GET /shops/<shop>                                   401    401    yes      yes      yes      yes      yes
    shop PATCH /shops/<shop>                                 401    401    403      own/403  403      403      403
    shop PUT /shops/<shop>/status                            401    401    403      own/403  403      403      403
    shop POST /shops/<shop>/menu                             401    401    403      own/403  403      403      403
    shop PATCH /shops/<shop>/menu/<item>                     401    401    403      own/403  403      403      403
    shop DELETE /shops/<spareShop>/menu/<spareItem>          401    401    403      own/403  403      403      403
    shop DELETE /shops/<spareShop>                           401    401    403      own/403  403      403      403
    shop GET /admin/events?subject=<shop>                    401    401    403      403      403      yes      403

    order POST /orders                                       401    401    yes      403      403      403      403
    order GET /orders?ids=<order>                            401    401    403      403      403      yes      yes
    order GET /orders/versions                               401    401    403      403      403      yes      yes
    order GET /orders/<order>                                401    401    own/404  own/404  404      yes      yes
    order GET /orders/<order>?version=1                      401    401    own/404  own/404  404      yes      yes
    order GET /orders/<order>/events                         401    401    own/404  own/404  404      yes      yes
    order GET /orders/<order>/saga                           401    401    own/404  own/404  404      yes      yes
    order POST /orders/<order>/accept                        401    401    403      own/404  403      403      403
    order POST /orders/<order>/reject                        401    401    403      own/404  403      403      403
    order POST /orders/<order>/cancel                        401    401    own/404  403      403      403      403
    order GET /admin/events?subject=<order>                  401    401    403      403      403      yes      403

    order-history GET /orders/<order>                        401    401    own/404  own/404  own/404  yes      yes
    order-history GET /orders/<order>/track                  401    401    own/404  own/404  own/404  yes      yes
    order-history GET /customers/<customer>/orders           401    401    own/404  403      403      yes      yes
    order-history GET /shops/<shop>/orders                   401    401    403      own/404  403      yes      yes
    order-history GET /shops/<shop>/orders?status=expired    401    401    403      own/404  403      yes      yes

    payment POST /payments                                   401    401    403      403      403      403      own/403
    payment GET /payments?ids=<payment>                      401    401    403      403      403      yes      yes
    payment GET /payments?orderId=<order>                    401    401    own/none 404      404      yes      yes
    payment GET /payments/versions                           401    401    403      403      403      yes      yes
    payment GET /payments/<payment>                          401    401    own/404  404      404      yes      yes
    payment POST /payments/<payment>/capture                 401    401    403      403      403      yes      own/403
    payment POST /payments/<payment>/void                    401    401    403      403      403      yes      own/403
    payment POST /payments/<payment>/refund                  401    401    403      403      403      yes      own/403
    payment GET /ledger/accounts                             401    401    403      403      403      yes      yes
    payment GET /ledger/transactions?paymentId=<payment>     401    401    403      403      403      yes      yes
    payment POST /provider/webhooks                          signed 401    signed   signed   signed   signed   signed
    payment GET /admin/events?subject=<payment>              401    401    403      403      403      yes      403

    rider POST /riders                                       401    401    403      403      yes      403      403
    rider GET /riders/<rider>                                401    401    403      403      own/404  yes      yes
    rider PUT /riders/<rider>/status                         401    401    403      403      own/404  403      403
    rider PUT /riders/<rider>/location                       401    401    403      403      own/404  403      403
    rider GET /riders/<rider>/offers                         401    401    403      403      own/404  yes      yes
    rider GET /deliveries?ids=<delivery>                     401    401    403      403      403      yes      yes
    rider GET /deliveries?orderId=<order>                    401    401    own/none own/none own/none yes      yes
    rider GET /deliveries/versions                           401    401    403      403      403      yes      yes
    rider POST /deliveries/cancel                            401    401    403      403      403      yes      own/403
    rider GET /deliveries/<delivery>                         401    401    own/404  own/404  own/404  yes      yes
    rider POST /deliveries/<delivery>/accept                 401    401    403      403      own/404  403      403
    rider POST /deliveries/<delivery>/decline                401    401    403      403      own/404  403      403
    rider POST /deliveries/<delivery>/pickup                 401    401    403      403      own/404  403      403
    rider POST /deliveries/<delivery>/complete               401    401    403      403      own/404  403      403
    rider GET /admin/events?subject=<delivery>               401    401    403      403      403      yes      403

    review POST /reviews                                     401    401    own/404  403      403      403      403
    review GET /reviews?ids=<review>                         401    401    403      403      403      yes      yes
    review GET /reviews?shopId=<shop>                        yes    401    yes      yes      yes      yes      yes
    review GET /reviews/versions                             401    401    403      403      403      yes      yes
    review GET /reviews/<review>                             yes    401    yes      yes      yes      yes      yes
    review POST /reviews/<review>/reply                      401    401    403      own/403  403      403      403
    review DELETE /reviews/<review>                          401    401    own/403  403      403      yes      403
    review GET /ratings?shopIds=<shop>                       yes    401    yes      yes      yes      yes      yes
    review GET /ratings/versions                             401    401    403      403      403      yes      yes
    review GET /customers/<customer>/invitations             401    401    own/404  403      403      yes      yes
    review GET /admin/events?subject=<review>                401    401    403      403      403      yes      403

    shop-listing GET /listings                               yes    yes    yes      yes      yes      yes      yes
    shop-listing GET /listings/<shop>                        yes    yes    yes      yes      yes      yes      yes
    shop-listing GET /search?q=a                             yes    yes    yes      yes      yes      yes      yes

    gateway GET /bff/customer/home                           401    401    yes      403      403      403      403
    gateway GET /bff/customer/orders/<order>                 401    401    own/404  403      403      403      403
    gateway GET /bff/owner/screen?shopId=<shop>               401    401    403      yes      403      403      403
    gateway GET /bff/rider/screen                             401    401    403      403      yes      403      403

    # The card network knows its own keys and no principals.
    payment-provider POST /authorizations                    401    401    401      401      401      401      401
    payment-provider GET /authorizations?reference=<payment> 401    401    401      401      401      401      401
    payment-provider GET /authorizations/<new>               401    401    401      401      401      401      401
    payment-provider POST /authorizations/<new>/captures     401    401    401      401      401      401      401
    payment-provider POST /authorizations/<new>/refunds      401    401    401      401      401      401      401
    payment-provider POST /authorizations/<new>/void         401    401    401      401      401      401      401
    payment-provider POST /reversals                         401    401    401      401      401      401      401
    payment-provider GET /admin/behaviour                    401    401    401      401      401      401      401
    payment-provider PUT /admin/behaviour                    401    401    401      401      401      401      401

    identity POST /accounts                                  yes    401    yes      yes      yes      yes      yes
    identity POST /accounts#operator                         401    401    403      403      403      yes      403
    identity GET /accounts?ids=<customer>                    401    401    403      403      403      yes      yes
    identity GET /accounts/versions                          401    401    403      403      403      yes      yes
    identity GET /accounts/me                                401    401    yes      yes      yes      yes      404
    identity GET /accounts/<customer>                        401    401    own/404  404      404      yes      yes
    identity PUT /accounts/<customer>/password               401    401    own/404  404      404      404      404
    identity PUT /accounts/<spareCustomer>/status            401    401    403      403      403      yes      403
    identity POST /sessions                                  yes    yes    yes      yes      yes      yes      yes
    identity POST /sessions/refresh                          signed signed signed   signed   signed   signed   signed
    identity POST /sessions/end                              yes    yes    yes      yes      yes      yes      yes
    identity POST /token                                     signed signed signed   signed   signed   signed   signed
    identity GET /admin/events?subject=<customer>            401    401    403      403      403      yes      403
    identity GET /.well-known/jwks.json                      yes    yes    yes      yes      yes      yes      yes
    identity POST /admin/keys/rotate                         401    401    403      403      403      yes      403
    """
}
