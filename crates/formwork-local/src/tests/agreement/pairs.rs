//! Pairs of templates, drawn from a tape of bytes: what is shorter and smaller is simpler, so that a failing pair can be shrunk.

use serde_json::{Map, Value as Json, json};

/// Bytes that choose. At the end of the tape every choice is the first.
pub(super) struct Tape<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Tape<'_> {
    fn upto(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or_default()) % count.max(1)
    }

    /// Number of edits beyond the first.
    pub(super) fn edits(&mut self) -> usize {
        self.upto(3)
    }

    fn one<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.upto(from.len())].clone()
    }
}

/// Kind of value that a property takes.
enum Slot {
    /// A text of which there may be one only.
    Name,
    Text,
    Number,
    Bool,
    List,
    /// JSON that goes through as it is.
    Json,
    Object(&'static [(&'static str, Slot)]),
    Tags,
    Base64,
}

use Slot::{Base64, Bool, List, Name, Number, Object, Tags, Text};

struct Kind {
    type_name: &'static str,
    properties: &'static [(&'static str, Slot)],
    attributes: &'static [&'static str],
}

const LAUNCH_DATA: Slot = Object(&[("InstanceType", Text), ("ImageId", Text), ("SecurityGroupIds", List)]);
const LAUNCH: Slot = Object(&[("LaunchTemplateId", Text), ("Version", Text)]);

const KINDS: &[Kind] = &[
    Kind {
        type_name: "AWS::SNS::Topic",
        properties: &[("DisplayName", Text), ("TopicName", Name), ("FifoTopic", Bool), ("Tags", Tags)],
        attributes: &["TopicArn", "TopicName"],
    },
    Kind {
        type_name: "AWS::SQS::Queue",
        properties: &[("DelaySeconds", Number), ("QueueName", Name), ("RedrivePolicy", Slot::Json), ("Tags", Tags)],
        attributes: &["Arn", "QueueName", "QueueUrl"],
    },
    Kind {
        type_name: "AWS::SSM::Parameter",
        properties: &[("Value", Text), ("Type", Text), ("Description", Text), ("Name", Name)],
        attributes: &["Value", "Type"],
    },
    Kind {
        type_name: "AWS::EC2::VPC",
        properties: &[("CidrBlock", Text), ("EnableDnsHostnames", Bool), ("Tags", Tags)],
        attributes: &["VpcId", "CidrBlock", "DefaultNetworkAcl"],
    },
    Kind {
        type_name: "AWS::EC2::Subnet",
        properties: &[("VpcId", Text), ("CidrBlock", Text), ("MapPublicIpOnLaunch", Bool), ("Tags", Tags)],
        attributes: &["SubnetId", "AvailabilityZone"],
    },
    Kind {
        type_name: "AWS::EC2::SecurityGroup",
        properties: &[("GroupDescription", Text), ("VpcId", Text), ("Tags", Tags)],
        attributes: &["GroupId", "VpcId"],
    },
    Kind {
        type_name: "AWS::EC2::LaunchTemplate",
        properties: &[("LaunchTemplateData", LAUNCH_DATA), ("VersionDescription", Text)],
        attributes: &["LatestVersionNumber", "DefaultVersionNumber", "LaunchTemplateId"],
    },
    Kind {
        type_name: "AWS::AutoScaling::AutoScalingGroup",
        properties: &[
            ("MinSize", Number),
            ("LaunchTemplate", LAUNCH),
            ("VPCZoneIdentifier", List),
            ("LaunchConfigurationName", Text),
        ],
        attributes: &[],
    },
    Kind {
        type_name: "AWS::IAM::Role",
        properties: &[("Path", Text), ("AssumeRolePolicyDocument", Slot::Json), ("ManagedPolicyArns", List)],
        attributes: &["Arn", "RoleId"],
    },
    Kind {
        type_name: "AWS::Lambda::Function",
        properties: &[
            ("Role", Text),
            ("Timeout", Number),
            ("Environment", Object(&[("Variables", Object(&[("A", Text), ("B", Text)]))])),
            ("Layers", List),
            ("PackageType", Text),
        ],
        attributes: &["Arn"],
    },
    Kind {
        type_name: "AWS::Events::Rule",
        properties: &[("Description", Text), ("EventPattern", Slot::Json), ("Name", Name), ("State", Text)],
        attributes: &["Arn"],
    },
    Kind {
        type_name: "AWS::DynamoDB::Table",
        properties: &[("BillingMode", Text), ("TableName", Name), ("DeletionProtectionEnabled", Bool), ("Tags", Tags)],
        attributes: &["Arn", "StreamArn"],
    },
    Kind {
        type_name: "AWS::S3::Bucket",
        properties: &[("BucketName", Name), ("VersioningConfiguration", Object(&[("Status", Text)])), ("Tags", Tags)],
        attributes: &["Arn", "DomainName"],
    },
    Kind {
        type_name: "AWS::Logs::LogGroup",
        properties: &[("RetentionInDays", Number), ("LogGroupName", Name), ("Tags", Tags)],
        attributes: &["Arn"],
    },
    Kind {
        type_name: "AWS::RDS::DBInstance",
        properties: &[("DBInstanceClass", Text), ("AllocatedStorage", Number), ("StorageType", Text), ("Engine", Text)],
        attributes: &["Endpoint.Address", "DBInstanceArn"],
    },
    Kind {
        type_name: "AWS::ApiGatewayV2::VpcLink",
        properties: &[("Name", Text), ("SubnetIds", List), ("SecurityGroupIds", List)],
        attributes: &["VpcLinkId"],
    },
    Kind {
        type_name: "AWS::CodeBuild::Project",
        properties: &[("Description", Text), ("ServiceRole", Text), ("TimeoutInMinutes", Number), ("Tags", Tags)],
        attributes: &["Arn"],
    },
    Kind {
        type_name: "AWS::EC2::Instance",
        properties: &[("ImageId", Text), ("UserData", Base64), ("SecurityGroupIds", List), ("LaunchTemplate", LAUNCH)],
        attributes: &["PrivateIp", "InstanceId"],
    },
    Kind {
        type_name: "AWS::Route53::RecordSet",
        properties: &[("TTL", Number), ("ResourceRecords", List), ("Comment", Text)],
        attributes: &[],
    },
];

/// A resource: its kind, properties and attributes.
#[derive(Clone, Debug)]
struct Resource {
    id: String,
    kind: usize,
    properties: Map<String, Json>,
    attributes: Map<String, Json>,
}

/// A template that is easy to change.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Defaults of the parameters `P0` to `P2`; the last is a list.
    defaults: [&'static str; 3],
    mapped: [&'static str; 2],
    /// Operand that the condition `C` compares with the letter `a`.
    compared: &'static str,
    description: bool,
    resources: Vec<Resource>,
}

const WORDS: &[&str] = &["a", "b", "c", "5", "true"];

pub(super) fn draft(tape: &mut Tape<'_>) -> Draft {
    let mut draft = Draft {
        defaults: ["a", "b", "a,b"],
        mapped: ["a", "b"],
        compared: "a",
        description: false,
        resources: Vec::new(),
    };
    for number in 0..=tape.upto(5) {
        draft.add(tape, number);
    }
    draft
}

impl Draft {
    fn add(&mut self, tape: &mut Tape<'_>, number: usize) {
        let (id, kind) = (format!("R{number}"), tape.upto(KINDS.len()));
        let mut resource = Resource { id, kind, properties: Map::new(), attributes: Map::new() };
        for (name, slot) in KINDS[kind].properties {
            if tape.upto(4) != 3 {
                let value = self.value(tape, slot, &resource.id, self.resources.len());
                resource.properties.insert((*name).to_owned(), value);
            }
        }
        for _ in 0..tape.upto(3) {
            self.attribute(tape, &mut resource, self.resources.len());
        }
        self.resources.push(resource);
    }

    fn attribute(&self, tape: &mut Tape<'_>, resource: &mut Resource, before: usize) {
        let group = KINDS[resource.kind].type_name == "AWS::AutoScaling::AutoScalingGroup";
        let count = format!("{}", tape.upto(3));
        let (name, value) = match tape.upto(9) {
            0 | 7 | 8 => ("DeletionPolicy", json!(tape.one(&["Retain", "Delete"]))),
            1 => ("UpdateReplacePolicy", json!(tape.one(&["Delete", "Retain"]))),
            2 => ("Metadata", json!({ "Note": self.text(tape, before) })),
            3 if group => ("UpdatePolicy", json!({ "AutoScalingRollingUpdate": { "MaxBatchSize": count } })),
            4 if group => {
                ("CreationPolicy", json!({ "AutoScalingCreationPolicy": { "MinSuccessfulInstancesPercent": count } }))
            }
            5 => match self
                .resources
                .iter()
                .find(|other| other.id != resource.id && other.attributes.get("Condition").is_none())
            {
                Some(other) if other.id < resource.id => ("DependsOn", json!(other.id)),
                _ => return,
            },
            // Nothing refers to a resource that may not be there.
            6 if !self.is_used(&resource.id) => ("Condition", json!("C")),
            _ => return,
        };
        if resource.attributes.get(name) == Some(&value) {
            resource.attributes.remove(name);
        } else {
            resource.attributes.insert(name.to_owned(), value);
        }
    }

    fn is_used(&self, id: &str) -> bool {
        let text = |resource: &Resource| format!("{:?} {:?}", resource.properties, resource.attributes);
        let marks = [format!("\"{id}\""), format!("${{{id}}}"), format!("${{{id}.")];
        self.resources
            .iter()
            .filter(|other| other.id != id)
            .any(|other| marks.iter().any(|mark| text(other).contains(mark)))
    }

    /// A value for the slot; `before` resources may be referred to.
    fn value(&self, tape: &mut Tape<'_>, slot: &Slot, id: &str, before: usize) -> Json {
        match slot {
            Name => json!({ "Fn::Join": ["-", [id, self.text(tape, before)]] }),
            Text => self.text(tape, before),
            Base64 => json!({ "Fn::Base64": self.text(tape, before) }),
            Number => match tape.upto(6) {
                0 => json!(5),
                1 => json!("5"),
                2 => json!(7),
                3 => json!("7"),
                4 => json!({ "Fn::If": ["C", 5, 7] }),
                _ => json!({ "Fn::If": ["C", "7", { "Ref": "AWS::NoValue" }] }),
            },
            Bool => tape.one(&[json!(true), json!("true"), json!(false), json!("false")]),
            List => match tape.upto(5) {
                4 => json!({ "Ref": "P2" }),
                3 => json!({ "Fn::Split": [",", { "Fn::Sub": "${P0},x" }] }),
                count => (0..=count).map(|_| self.text(tape, before)).collect(),
            },
            Slot::Json => {
                let count = tape.one(&[json!(1), json!("1"), json!(true), json!("true")]);
                json!({ "count": count, "list": [self.text(tape, before), { "x": self.text(tape, before) }] })
            }
            Object(entries) => {
                let mut given = Map::new();
                for (name, slot) in *entries {
                    if tape.upto(4) != 3 {
                        given.insert((*name).to_owned(), self.value(tape, slot, id, before));
                    }
                }
                Json::Object(given)
            }
            Tags => {
                let tag = |(place, text): (usize, Json)| json!({ "Key": format!("k{place}"), "Value": text });
                let texts: Vec<Json> = (0..=tape.upto(3)).map(|_| self.text(tape, before)).collect();
                let mut tags: Vec<Json> = texts.into_iter().enumerate().map(tag).collect();
                if tape.upto(2) == 1 {
                    tags.reverse();
                }
                json!(tags)
            }
        }
    }

    fn text(&self, tape: &mut Tape<'_>, before: usize) -> Json {
        let there: Vec<&Resource> =
            self.resources[..before].iter().filter(|one| !one.attributes.contains_key("Condition")).collect();
        let word = tape.one(WORDS);
        match tape.upto(16) {
            0..=3 => json!(word),
            4 => json!({ "Ref": "P0" }),
            5 => json!({ "Fn::FindInMap": ["M", "t", "k0"] }),
            6 => json!({ "Fn::If": ["C", word, { "Ref": "P1" }] }),
            7 => json!({ "Fn::Join": ["", [word]] }),
            8 => json!({ "Fn::Sub": format!("{word}-${{P1}}-${{AWS::Region}}") }),
            9 => json!({ "Fn::Sub": ["${x}", { "x": { "Fn::FindInMap": ["M", "t", "k1"] } }] }),
            choice => {
                let Some(other) = there.get(tape.upto(there.len())) else { return json!(word) };
                let attributes = KINDS[other.kind].attributes;
                let id = &other.id;
                match (choice, attributes.is_empty()) {
                    (12 | 13, false) => json!({ "Fn::GetAtt": [id, tape.one(attributes)] }),
                    (14, false) => json!({ "Fn::Sub": format!("{word}-${{{id}.{}}}", tape.one(attributes)) }),
                    (15, _) => json!({ "Fn::Select": [0, { "Fn::Split": ["-", { "Ref": id }] }] }),
                    (10 | 12, _) => json!({ "Ref": id }),
                    _ => json!({ "Fn::Sub": format!("{word}-${{{id}}}") }),
                }
            }
        }
    }

    /// The draft with one thing changed.
    pub(super) fn edit(&mut self, tape: &mut Tape<'_>) {
        let place = tape.upto(self.resources.len());
        match tape.upto(15) {
            0..=4 => {
                let resource = &self.resources[place];
                let properties = KINDS[resource.kind].properties;
                let (name, slot) = &properties[tape.upto(properties.len())];
                let value = self.value(tape, slot, &resource.id, place);
                self.resources[place].properties.insert((*name).to_owned(), value);
            }
            5 => self.defaults[0] = tape.one(WORDS),
            6 => self.defaults[2] = tape.one(&["b,a", "a", "a,b,c"]),
            7 => self.mapped[tape.upto(2)] = tape.one(WORDS),
            8 => self.compared = tape.one(&["b", "a"]),
            9 => {
                let names: Vec<String> = self.resources[place].properties.keys().cloned().collect();
                if let Some(name) = names.get(tape.upto(names.len())) {
                    self.resources[place].properties.shift_remove(name);
                }
            }
            10 => {
                let lists = self.resources[place].properties.values_mut().filter_map(Json::as_array_mut);
                lists.for_each(|list| list.reverse());
            }
            11 => {
                let mut resource = self.resources[place].clone();
                self.attribute(tape, &mut resource, place);
                self.resources[place] = resource;
            }
            12 => self.add(tape, 10 + self.resources.len()),
            _ => {
                self.description = true;
                if !self.is_used(&self.resources[place].id) && self.resources.len() > 1 {
                    self.resources.remove(place);
                }
            }
        };
    }

    pub(super) fn template(&self) -> Json {
        let resource = |resource: &Resource| {
            let mut whole = json!({ "Type": KINDS[resource.kind].type_name, "Properties": resource.properties });
            if let Some(fields) = whole.as_object_mut() {
                fields.extend(resource.attributes.clone());
            }
            (resource.id.clone(), whole)
        };
        let parameter = |kind: &str, default: &str| json!({ "Type": kind, "Default": default });
        json!({
            "Description": if self.description { "other" } else { "a pair" },
            "Parameters": {
                "P0": parameter("String", self.defaults[0]),
                "P1": parameter("String", self.defaults[1]),
                "P2": parameter("CommaDelimitedList", self.defaults[2]),
            },
            "Mappings": { "M": { "t": { "k0": self.mapped[0], "k1": self.mapped[1] } } },
            "Conditions": { "C": { "Fn::Equals": ["a", self.compared] } },
            "Resources": self.resources.iter().map(resource).collect::<Map<String, Json>>(),
        })
    }
}
