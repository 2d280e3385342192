//! my-app: a network with two public subnets.
use formwork::cfn::ec2::{
    InternetGateway, Route, RouteTable, Subnet, SubnetRouteTableAssociation,
    SubnetRouteTableAssociationRequired, VPC, VPCGatewayAttachment,
};
use formwork::prelude::*;

/// The stack `my-app`.
pub fn app(_: &Context) -> App {
    let mut network = Stack::<EuCentral1>::new("my-app");
    let vpc = network.add(
        "Vpc",
        VPC {
            cidr_block: some("10.0.0.0/16"),
            enable_dns_hostnames: some(true),
            enable_dns_support: some(true),
            ..VPC::default()
        },
    );
    let internet = network.add("Internet", InternetGateway::default());
    let attachment = VPCGatewayAttachment {
        internet_gateway_id: some(internet.internet_gateway_id()),
        ..VPCGatewayAttachment::new(vpc.vpc_id())
    };
    let attachment = network.add("InternetAttachment", attachment);
    let routes = network.add("Routes", RouteTable::new(vpc.vpc_id()));
    let route = Route {
        destination_cidr_block: some("0.0.0.0/0"),
        gateway_id: some(internet.internet_gateway_id()),
        ..Route::new(routes.route_table_id())
    };
    let route = network.add("DefaultRoute", route);
    // A route to a gateway that is not attached yet is refused, and no value of the attachment is in it.
    network.options(&route).depends_on(&attachment);

    for (index, letter) in ["A", "B"].into_iter().enumerate() {
        let subnet = Subnet {
            availability_zone: some(function::select(index, function::availability_zones())),
            cidr_block: some(format!("10.0.{index}.0/24")),
            map_public_ip_on_launch: some(true),
            ..Subnet::new(vpc.vpc_id())
        };
        let subnet = network.add(&format!("Public{letter}"), subnet);
        let association = SubnetRouteTableAssociation::new(SubnetRouteTableAssociationRequired {
            route_table_id: routes.route_table_id(),
            subnet_id: subnet.subnet_id(),
        });
        network.add(&format!("Public{letter}Routes"), association);
        network.output(&format!("Public{letter}"), subnet.subnet_id());
    }
    network.output("Vpc", vpc.vpc_id());
    App::new().with(network)
}
