//! `doctor`, before a zone, its parent and an account that are right, and before each fault. One BIND has the site's zone and answers
//! in the place of the world's DNS; another one has the zone above.

use formwork::assembly::StackId;
use formwork_verify::account::{
    Decision, DistributionSummary, GivenAccount, HostedZone, Instance as Machine, ManagedInstance, ZoneRecord,
};
use formwork_verify::{ConnectTo, Deployed, Outcome, Report, Secret, Settings, Site};

use super::named::Named;
use super::{Instance, Plan, runtime, shown, stable};
use crate::NAME;

const ZONE: &str = "Z0123456789ABCDEFGHIJ";
const ID: &str = "i-0123456789abcdef0";
const PROFILE: &str = "arn:aws:iam::111122223333:instance-profile/site";

/// A site to be deployed, and everything around it.
struct Before {
    site: Site,
    /// Records of the site's zone.
    records: Vec<&'static str>,
    /// Records of the zone above.
    above: Vec<&'static str>,
    account: Option<GivenAccount>,
    deployed: Deployed,
}

impl Before {
    fn clean(site: Site) -> Before {
        let mut account = GivenAccount::default();
        let zone = HostedZone {
            name: "example.com.".to_owned(),
            private: false,
            name_servers: vec!["ns-1.awsdns-01.org".to_owned(), "ns-2.awsdns-02.net.".to_owned()],
        };
        account.zones.insert(ZONE.to_owned(), zone);
        account.distributions.push(DistributionSummary {
            id: "E0000000000000".to_owned(),
            domain_name: "d0000000000000.cloudfront.net".to_owned(),
            aliases: vec!["www.example.com".to_owned()],
        });
        let managed = ManagedInstance {
            ping_status: "Online".to_owned(),
            agent_version: "3.3.3270.0".to_owned(),
            platform: "Linux".to_owned(),
        };
        account.managed.insert(ID.to_owned(), managed);
        let machine = Machine {
            state: "running".to_owned(),
            public_ip: Some("192.0.2.20".to_owned()),
            public_dns_name: Some("ec2-192-0-2-20.eu-central-1.compute.amazonaws.com".to_owned()),
            elastic: true,
            profile: Some(PROFILE.to_owned()),
        };
        account.instances.insert(ID.to_owned(), machine);
        account.roles.insert(PROFILE.to_owned(), "arn:aws:iam::111122223333:role/site".to_owned());
        account.decisions.push((
            "secretsmanager:GetSecretValue".to_owned(),
            of_site("OriginSecret*"),
            Decision::Allowed,
        ));
        let secrets = ["OriginSecret3", "OriginSecret2"].map(|logical_id| Secret::Made {
            stack: StackId::new("example-site", "eu-central-1"),
            logical_id: logical_id.to_owned(),
            name: None,
        });
        Before {
            site: Site { instance: Some(ID.to_owned()), secrets: secrets.into(), ..site },
            records: vec!["@ NS ns-1.awsdns-01.org.", "@ NS ns-2.awsdns-02.net.", "origin A 192.0.2.20"],
            above: vec!["@ NS a.above.example.", "example NS ns-1.awsdns-01.org.", "example NS ns-2.awsdns-02.net."],
            account: Some(account),
            deployed: Deployed::No,
        }
    }

    fn account(&mut self) -> &mut GivenAccount {
        self.account.as_mut().unwrap()
    }

    fn machine(&mut self) -> &mut Machine {
        self.account().instances.get_mut(ID).unwrap()
    }

    fn without(&mut self, record: &str) {
        self.records.retain(|other| !other.starts_with(record));
    }

    #[track_caller]
    fn run(&self) -> Report {
        // The world's DNS names the server of the zone above.
        let world = [("example.com", self.records.join("\n")), ("com", "@ NS a.above.example.".to_owned())];
        let (world, above) = (Named::start(&world), Named::start(&[("com", self.above.join("\n"))]));
        let settings = Settings {
            resolver: Some(world.address),
            timeout: std::time::Duration::from_secs(2),
            connect_to: vec![ConnectTo::read(&format!("a.above.example:53:{}", above.address)).unwrap()],
            ..Settings::default()
        };
        let work = formwork_verify::doctor(&self.site, self.deployed, self.account.as_ref(), &settings);
        runtime().block_on(work).unwrap()
    }
}

/// The ARN of a secret of the site's account and region.
fn of_site(name: &str) -> String {
    format!("arn:aws:secretsmanager:eu-central-1:111122223333:secret:{name}")
}

/// A case: its name, what makes it, and the checks that fail.
type Case = (&'static str, fn(&mut Before), &'static [&'static str]);

const CASES: &[Case] = &[
    ("everything is right", |_| {}, &[]),
    ("a zone that does not exist", |it| it.account().zones.clear(), &["zone-public"]),
    ("a private zone", |it| it.account().zones.get_mut(ZONE).unwrap().private = true, &["zone-public"]),
    (
        "a name outside of the zone",
        |it| it.account().zones.get_mut(ZONE).unwrap().name = "xample.com".to_owned(),
        // The other zone is not delegated either.
        &["zone-public", "zone-delegated"],
    ),
    ("a zone that is not delegated", |it| it.above.truncate(1), &["zone-delegated"]),
    (
        "a zone that is delegated to other servers",
        |it| {
            it.above.truncate(2);
            it.above.push("example NS ns1.registrar.example.");
        },
        &["zone-delegated"],
    ),
    (
        "a zone that is not delegated, without a login",
        |it| {
            it.above.truncate(1);
            it.account = None;
            it.site.names[0].zone.as_mut().unwrap().name = Some("example.com".to_owned());
        },
        &["zone-delegated"],
    ),
    (
        "a zone whose name only the DNS could say, and does not know",
        |it| {
            it.account = None;
            it.site.names[0].name = "api.elsewhere.com".to_owned();
        },
        &["zone-delegated"],
    ),
    (
        "a zone that is delegated to the same servers by other names",
        |it| {
            it.above.truncate(1);
            it.above.push("example NS ns-a.example.com.");
            it.above.push("ns-a.example A 192.0.2.53");
            it.records.push("ns-a A 192.0.2.53");
            it.records.push("ns-b A 192.0.2.53");
            it.account().zones.get_mut(ZONE).unwrap().name_servers = vec!["ns-b.example.com".to_owned()];
        },
        &[],
    ),
    ("CAA records that forbid Amazon", |it| it.records.push("@ CAA 0 issue \"letsencrypt.org\""), &["caa"]),
    (
        "CAA records of the name itself",
        |it| it.records.extend(["@ CAA 0 issue \"amazon.com\"", "api CAA 0 issue \";\""]),
        &["caa"],
    ),
    ("CAA records that let Amazon", |it| it.records.push("@ CAA 0 issue \"amazontrust.com\""), &[]),
    (
        "a record that is there already",
        |it| {
            let record = ZoneRecord { kind: "A".to_owned(), values: vec!["d123.cloudfront.net".to_owned()] };
            it.account().records.insert((ZONE.to_owned(), NAME.to_owned()), vec![record]);
        },
        &["record-free"],
    ),
    (
        "a record of another type",
        |it| {
            let record = ZoneRecord { kind: "TXT".to_owned(), values: vec!["v=spf1".to_owned()] };
            it.account().records.insert((ZONE.to_owned(), NAME.to_owned()), vec![record]);
        },
        &[],
    ),
    (
        "a record that only the DNS shows",
        |it| {
            it.account = None;
            it.records.push("api CNAME elsewhere.example.com.");
            it.records.push("elsewhere A 192.0.2.1");
        },
        &["record-free"],
    ),
    (
        "a wildcard record",
        |it| {
            it.account = None;
            it.records.push("* A 192.0.2.1");
        },
        &[],
    ),
    (
        "a distribution with the name",
        |it| it.account().distributions[0].aliases.push("API.example.com".to_owned()),
        &["distribution-free"],
    ),
    (
        "what is deployed already",
        |it| {
            it.deployed = Deployed::Yes;
            it.records.push("api A 192.0.2.10");
            it.account().distributions[0].aliases.push(NAME.to_owned());
        },
        &[],
    ),
    (
        "an instance of another account",
        |it| {
            it.account().instances.clear();
            it.account().managed.clear();
        },
        &["instance-role", "instance-managed"],
    ),
    ("an instance without a role", |it| it.machine().profile = None, &["instance-role"]),
    ("an instance that is stopped", |it| it.machine().state = "stopped".to_owned(), &["instance-role"]),
    ("a role that reads nothing", |it| it.account().decisions.clear(), &["instance-secrets"]),
    (
        "a role that reads the secret of now alone",
        |it| {
            it.deployed = Deployed::Yes;
            it.account().physical_ids.insert("OriginSecret2".to_owned(), of_site("OriginSecret2-a1b2c3-AbCdEf"));
            it.account().decisions[0].1 = of_site("OriginSecret2-a1b2c3-AbCdEf");
        },
        &["instance-secrets"],
    ),
    ("a role that is denied", |it| it.account().decisions[0].2 = Decision::Denied, &["instance-secrets"]),
    (
        "a secret with a name, of which the role knows",
        |it| {
            let stack = StackId::new("example-site", "eu-central-1");
            let name = Some("site/origin".to_owned());
            it.site.secrets = vec![Secret::Made { stack, logical_id: "Secret".to_owned(), name }];
            it.account().decisions[0].1 = of_site("site/origin-*");
        },
        &[],
    ),
    (
        "a secret of somebody else, which may have a policy of its own",
        |it| it.site.secrets = vec![Secret::Existing(of_site("theirs-AbCdEf"))],
        &[],
    ),
    ("an instance profile without a role", |it| it.account().roles.clear(), &["instance-secrets"]),
    ("a site without a secret", |it| it.site.secrets.clear(), &[]),
    ("an instance that is not managed", |it| it.account().managed.clear(), &["instance-managed"]),
    (
        "an agent that is gone",
        |it| it.account().managed.get_mut(ID).unwrap().ping_status = "ConnectionLost".to_owned(),
        &["instance-managed"],
    ),
    (
        "an instance with Windows",
        |it| it.account().managed.get_mut(ID).unwrap().platform = "Windows".to_owned(),
        &["instance-managed"],
    ),
    (
        "an address that has changed",
        |it| {
            it.machine().public_ip = Some("192.0.2.99".to_owned());
            it.machine().public_dns_name = Some("ec2-192-0-2-99.eu-central-1.compute.amazonaws.com".to_owned());
        },
        &["origin-address"],
    ),
    ("an address that may change", |it| it.machine().elastic = false, &[]),
    ("an instance without an address", |it| it.machine().public_ip = None, &["origin-address"]),
    ("an origin without an address", |it| it.without("origin"), &["origin-address"]),
    ("a login that may ask nothing", |it| it.account().refusal = Some("AccessDenied".to_owned()), &[]),
    ("no login", |it| it.account = None, &[]),
    ("no instance", |it| it.site.instance = None, &[]),
];

/// A DNS server that does not answer says nothing about names: no check takes that for the answer that there is no record.
#[test]
fn silence_is_not_an_answer() {
    let instance = Instance::start();
    let settings = Settings {
        resolver: Some("127.0.0.1:1".parse().unwrap()),
        timeout: std::time::Duration::from_secs(1),
        ..Settings::default()
    };
    let mut before = Before::clean(Plan::clean(&instance).site);
    let doctor = |before: &Before| {
        let work = formwork_verify::doctor(&before.site, before.deployed, before.account.as_ref(), &settings);
        runtime().block_on(work).unwrap().checks.iter().map(shown).collect::<String>()
    };
    let with_login = doctor(&before);
    before.account = None;
    let without_login = doctor(&before);
    let report = runtime().block_on(formwork_verify::verify(&before.site, &settings)).unwrap();
    let verified: String = report.checks.iter().map(shown).collect();
    let all = format!("# doctor\n{with_login}\n# doctor, without a login\n{without_login}\n# verify\n{verified}");
    insta::assert_snapshot!(stable(&all, &instance));
}

#[test]
fn what_stands_in_the_way_is_found_and_named() {
    let instance = Instance::start();
    let mut all = String::new();
    for (name, make, ids) in CASES {
        let mut before = Before::clean(Plan::clean(&instance).site);
        make(&mut before);
        let report = before.run();
        let found: Vec<&str> = report.failed().map(|check| check.id).collect();
        let is_clean = ids.is_empty() && *name == "everything is right";
        let notable = report.checks.iter().filter(|check| is_clean || check.outcome != Outcome::Pass);
        let text: String = notable.map(shown).collect();
        assert_eq!(found, *ids, "{name}\n{text}");
        all += &format!("# {name}\n{text}\n");
    }
    insta::assert_snapshot!(stable(&all, &instance));
}
