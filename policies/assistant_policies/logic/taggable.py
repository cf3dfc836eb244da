"""The AWS resource types that take tags: those of the provider (terraform-provider-aws 6.58, pulumi_aws 7.51)."""

# Module, then names: aws:<module>/<name>:<Name>.
_BY_MODULE = {
    "acm": "Certificate",
    "amp": "AnomalyDetector RuleGroupNamespace Scraper Workspace",
    "apigatewayv2": "Api DomainName Stage VpcLink",
    "appautoscaling": "Target",
    "backup": "Plan Vault",
    "batch": "ComputeEnvironment JobDefinition JobQueue SchedulingPolicy",
    "bedrock": (
        "AgentAgent AgentAgentAlias AgentFlow AgentKnowledgeBase AgentPrompt AgentcoreAgentRuntime "
        "AgentcoreAgentRuntimeEndpoint AgentcoreApiKeyCredentialProvider AgentcoreBrowser AgentcoreBrowserProfile "
        "AgentcoreCodeInterpreter AgentcoreEvaluator AgentcoreGateway AgentcoreHarness AgentcoreMemory "
        "AgentcoreOauth2CredentialProvider AgentcoreOnlineEvaluationConfig AgentcorePolicyEngine CustomModel "
        "EvaluationJob Guardrail InferenceProfile ProvisionedModelThroughput"
    ),
    "budgets": "Budget BudgetAction",
    "cloudfront": "Distribution Function KeyValueStore VpcOrigin",
    "cloudtrail": "Trail",
    "cloudwatch": (
        "AlarmMuteRule CompositeAlarm ContributorInsightRule ContributorManagedInsightRule EventBus EventRule "
        "InternetMonitor LogAnomalyDetector LogDelivery LogDeliveryDestination LogDeliverySource LogDestination "
        "LogGroup MetricAlarm MetricStream"
    ),
    "codedeploy": "Application DeploymentGroup",
    "cognito": "IdentityPool UserPool",
    "costexplorer": "AnomalyMonitor AnomalySubscription",
    "directconnect": (
        "Connection Gateway HostedPrivateVirtualInterfaceAccepter HostedPublicVirtualInterfaceAccepter "
        "HostedTransitVirtualInterfaceAcceptor LinkAggregationGroup PrivateVirtualInterface PublicVirtualInterface "
        "TransitVirtualInterface"
    ),
    "dlm": "LifecyclePolicy",
    "dynamodb": "Table TableReplica",
    "ebs": "Snapshot SnapshotCopy SnapshotImport Volume VolumeCopy",
    "ec2": (
        "Ami AmiCopy AmiFromInstance CapacityBlockReservation CapacityReservation CarrierGateway CustomerGateway "
        "DedicatedHost DefaultNetworkAcl DefaultRouteTable DefaultSecurityGroup DefaultSubnet DefaultVpc "
        "DefaultVpcDhcpOptions EgressOnlyInternetGateway Eip Fleet FlowLog Instance InternetGateway KeyPair "
        "LaunchTemplate ManagedPrefixList NatGateway NetworkAcl NetworkInterface PlacementGroup RouteTable "
        "SecurityGroup Subnet Vpc VpcBlockPublicAccessExclusion VpcDhcpOptions VpcEncryptionControl VpcEndpoint "
        "VpcEndpointService VpcIpam VpcIpamPool VpcIpamPoolCidrAllocation VpcIpamResourceDiscovery "
        "VpcIpamResourceDiscoveryAssociation VpcIpamScope VpcPeeringConnection VpcPeeringConnectionAccepter "
        "VpnConcentrator VpnConnection VpnGateway"
    ),
    "ec2transitgateway": (
        "Connect ConnectPeer InstanceConnectEndpoint MeteringPolicy MulticastDomain PeeringAttachment "
        "PeeringAttachmentAccepter PolicyTable RouteTable TransitGateway VpcAttachment VpcAttachmentAccepter"
    ),
    "ecr": "Repository",
    "ecs": "CapacityProvider Cluster Service TaskDefinition",
    "efs": "AccessPoint FileSystem",
    "elasticache": "Cluster ParameterGroup ReplicationGroup ServerlessCache SubnetGroup User UserGroup",
    "fsx": "DataRepositoryAssociation LustreFileSystem",
    "globalaccelerator": "Accelerator CrossAccountAttachment CustomRoutingAccelerator",
    "guardduty": "Detector",
    "iam": (
        "InstanceProfile OpenIdConnectProvider Policy Role SamlProvider ServerCertificate ServiceLinkedRole User "
        "VirtualMfaDevice"
    ),
    "imagebuilder": (
        "Component ContainerRecipe DistributionConfiguration Image ImagePipeline ImageRecipe "
        "InfrastructureConfiguration LifecyclePolicy Workflow"
    ),
    "kms": "ExternalKey Key ReplicaExternalKey ReplicaKey",
    "lambda": "CapacityProvider CodeSigningConfig EventSourceMapping Function",
    "lb": "Listener ListenerRule LoadBalancer TargetGroup TrustStore",
    "lightsail": "Database Instance",
    "networkmanager": "CoreNetwork Device GlobalNetwork Link Site",
    "resourcegroups": "Group",
    "route53": (
        "HealthCheck ProfilesAssociation ProfilesProfile ResolverEndpoint ResolverFirewallDomainList "
        "ResolverFirewallRuleGroup ResolverFirewallRuleGroupAssociation ResolverQueryLogConfig ResolverRule Zone"
    ),
    "s3": (
        "AccessPoint Bucket BucketObject BucketObjectv2 BucketV2 DirectoryBucket ObjectCopy VectorsIndex "
        "VectorsVectorBucket"
    ),
    "sagemaker": "Domain Endpoint EndpointConfiguration Model NotebookInstance TrainingJob",
    "scheduler": "ScheduleGroup",
    "secretsmanager": "Secret",
    "signer": "SigningProfile",
    "sns": "Topic",
    "sqs": "Queue",
    "ssm": "Association Document MaintenanceWindow Parameter PatchBaseline",
    "vpc": "RouteServer RouteServerEndpoint RouteServerPeer SecurityGroupEgressRule SecurityGroupIngressRule",
    "wafv2": "IpSet RegexPatternSet RuleGroup WebAcl",
    "xray": "Group SamplingRule",
}
TAGGED = frozenset(
    f"aws:{module}/{name[0].lower()}{name[1:]}:{name}" for module, names in _BY_MODULE.items() for name in names.split()
)
