using Rollcall.Agent.Acl;

namespace Rollcall.Agent.Tests.Acl;

public sealed class AuthorizerTests
{
    [Theory]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key \"ab\" { policy = \"read\" }", "ab", "Write", false)]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key \"ab\" { policy = \"read\" }", "abc", "Write", true)]
    [InlineData("key_prefix \"a\" { policy = \"read\" } key_prefix \"ab\" { policy = \"write\" }", "abc", "Write", true)]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key_prefix \"ab\" { policy = \"deny\" }", "abc", "Read", false)]
    [InlineData("key \"a\" { policy = \"read\" } key \"a\" { policy = \"write\" }", "a", "Write", true)]
    [InlineData("key \"a\" { policy = \"write\" } key \"a\" { policy = \"deny\" }", "a", "Read", false)]
    [InlineData("key_prefix \"\" { policy = \"list\" }", "a", "Read", true)]
    [InlineData("key_prefix \"\" { policy = \"list\" }", "a", "Write", false)]
    [InlineData("key_prefix \"\" { policy = \"write\" }", "a", "List", true)]
    [InlineData("key_prefix \"\" { policy = \"read\" }", "a", "List", false)]
    [InlineData("{\"key_prefix\":{\"a/\":{\"policy\":\"read\"}}}", "a/b", "Read", true)]
    [InlineData("service_prefix \"\" { policy = \"write\" }", "a", "Read", false)]
    [InlineData("key_prefix \"\" { policy = \"write\" } KEY \"a\" { Policy = \"Deny\" }", "a", "Read", false)]
    [InlineData("key_prefix \"\" { policy = \"write\" } \u212Aey_prefix \"a\" { policy = \"deny\" }", "a", "Read", false)]
    [InlineData("key_prefix \"\" { policy = \"write\" } key \"A\" { policy = \"deny\" }", "a", "Write", true)]
    [InlineData("{\"key\":{\"a\":{\"Policy\":\"write\",\"policy\":\"read\"}}}", "a", "Write", false)]
    public void MostExactRule_Decides(string rules, string key, string need, bool allowed) =>
        Assert.Equal(allowed, Authorizer(rules, allows: false).Allows(AclResource.Key, key, Enum.Parse<AclAccess>(need)));

    [Theory]
    [InlineData("key_prefix \"a\" { policy = \"write\" }", "a", true)]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key \"ab\" { policy = \"read\" }", "a", false)]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key_prefix \"ab\" { policy = \"deny\" }", "a", false)]
    [InlineData("key_prefix \"a\" { policy = \"write\" } key_prefix \"ab\" { policy = \"deny\" }", "ac", true)]
    [InlineData("key \"a\" { policy = \"write\" }", "a", false)]
    [InlineData("key_prefix \"a\" { policy = \"write\" }", "", false)]
    public void WholeTrees_AreWrittenOnlyIfNothingInThemIsRefused(string rules, string prefix, bool allowed) =>
        Assert.Equal(allowed, Authorizer(rules, allows: false).AllowsAllBelow(AclResource.Key, prefix, AclAccess.Write));

    [Fact]
    public void WhatNoRuleIsAbout_GoesByTheDefault_ButForTheRulesThemselves()
    {
        var authorizer = Authorizer("", allows: true);
        Assert.True(authorizer.Allows(AclResource.Operator, "", AclAccess.Write));
        Assert.True(authorizer.AllowsAllBelow(AclResource.Key, "", AclAccess.Write));
        Assert.False(authorizer.Allows(AclResource.Acl, "", AclAccess.Read));
        Assert.False(Authorizer("", allows: false).Allows(AclResource.Node, "n", AclAccess.Read));
    }

    [Theory]
    [InlineData("service \"a\" { policy = \"write\" }", "a", "Read", true)]
    [InlineData("service \"a\" { policy = \"write\" }", "a", "Write", false)]
    [InlineData("service \"a\" { policy = \"deny\" intentions = \"write\" }", "a", "Write", true)]
    [InlineData("service_prefix \"\" { policy = \"read\" intentions = \"write\" } service \"a\" { policy = \"write\" }", "a", "Write", false)]
    [InlineData("service \"a\" { policy = \"read\" }", "*", "Read", true)]
    [InlineData("service \"a\" { policy = \"deny\" }", "*", "Read", false)]
    [InlineData("service \"a\" { policy = \"read\" intentions = \"write\" }", "*", "Write", false)]
    [InlineData("service_prefix \"\" { policy = \"read\" intentions = \"write\" }", "*", "Write", true)]
    [InlineData("service_prefix \"\" { policy = \"read\" intentions = \"write\" } service \"a\" { policy = \"read\" }", "*", "Write", false)]
    public void Intentions_GoByTheirOwnRules_ElseAreSeenWithTheService(string rules, string service, string need, bool allowed) =>
        Assert.Equal(allowed, Authorizer(rules, allows: false).AllowsIntention(service, Enum.Parse<AclAccess>(need)));

    [Theory]
    [InlineData("{\"operator\":\"write\",\"operator\":\"read\"}", true, false)]
    [InlineData("{\"operator\":\"read\",\"Operator\":\"write\"}", true, true)]
    [InlineData("operator = \"WRITE\"", false, false)]
    [InlineData("operator = \"write\" Operator = \"\"", false, false)]
    [InlineData("operator = \"bogus\" operator = \"read\"", true, false)]
    public void LastRule_OfWhatThereIsOneOf_Counts(string rules, bool reads, bool writes)
    {
        var authorizer = Authorizer(rules, allows: false);
        Assert.Equal((reads, writes), (authorizer.Allows(AclResource.Operator, "", AclAccess.Read), authorizer.Allows(AclResource.Operator, "", AclAccess.Write)));
    }

    [Fact]
    public void Denial_CountsInAnyCase() => Assert.False(Authorizer("operator = \"DENY\"", allows: true).Allows(AclResource.Operator, "", AclAccess.Read));

    [Theory]
    [InlineData("operator = true")]
    [InlineData("KEY \"a\" { policy = \"bogus\" }")]
    [InlineData("key \"a\" { policy = true }")]
    [InlineData("service \"a\" { policy = \"read\" intentions = true }")]
    [InlineData("service \"a\" { policy = \"read\" Intentions = \"bogus\" }")]
    [InlineData("{\"key\":{\"a\":\"deny\"}}")]
    [InlineData("{\"key\":[\"a\"]}")]
    [InlineData("{\"key\":[[{\"a\":{\"policy\":\"deny\"}}]]}")]
    [InlineData("{\"key\":{\"a\":[[{\"policy\":\"deny\"}]]}}")]
    public void WhatIsNoPolicy_IsRefused(string rules) => Assert.Null(AclRulesReader.Read(rules, out _));

    private static Authorizer Authorizer(string rules, bool allows) => new(AclRulesReader.Read(rules, out _)!, allows);
}
