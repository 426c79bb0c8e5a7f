using System.Text.Json;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class BalancingPoliciesTests
{
    private static string Fault(string name, string json)
    {
        Assert.False(BalancingPolicies.TryCreate(name, JsonElement.Parse(json), out var policy, out var fault));
        Assert.Null(policy);
        return fault;
    }

    [Fact]
    public void UnknownName_IsRefusedAndTheKnownAreListed()
    {
        var e = Assert.Throws<ArgumentException>(() => BalancingPolicies.Find("roundrobin"));

        Assert.Contains("'roundrobin'", e.Message, StringComparison.Ordinal);
        foreach (var name in BalancingPolicies.Names)
        {
            Assert.Contains(name, e.Message, StringComparison.Ordinal);
        }

        Assert.False(BalancingPolicies.IsKnown("roundrobin"));
    }

    [Fact]
    public void EveryName_MakesThePolicyOfThatNameByDefaults()
    {
        foreach (var name in BalancingPolicies.Names)
        {
            Assert.Equal(name, BalancingPolicies.Find(name).Name);
            Assert.True(BalancingPolicies.IsKnown(name));
            Assert.True(BalancingPolicies.TryCreate(name, JsonElement.Parse("{}"), out _, out _));
            Assert.True(BalancingPolicies.TryCreate(name, JsonElement.Parse("null"), out _, out _));
        }
    }

    [Fact]
    public void FieldsThatAreWrong_AreAllNamed()
    {
        var fault = Fault("pick_first", """{"shuffleAddressList":"yes","suffle":true}""");

        Assert.Contains("'pick_first'", fault, StringComparison.Ordinal);
        Assert.Contains("shuffleAddressList must be true or false, and is \"yes\"", fault, StringComparison.Ordinal);
        Assert.Contains("suffle is not known, there are shuffleAddressList", fault, StringComparison.Ordinal);
        Assert.Contains("must be an object", Fault("round_robin", "[]"), StringComparison.Ordinal);
        Assert.Contains("there are no fields", Fault("round_robin", """{"x":1}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void OwnPolicy_IsFoundByItsNameAndGetsItsFields()
    {
        BalancingPolicies.Register("last_of_all", static config =>
            config is { } fields && fields.TryGetProperty("wrong", out _) ? throw new FormatException("wrong is not a field.") : new LastPolicy());

        Assert.IsType<LastPolicy>(BalancingPolicies.Find("last_of_all"));
        Assert.Contains("last_of_all", BalancingPolicies.Names);
        Assert.Contains("wrong is not a field", Fault("last_of_all", """{"wrong":1}"""), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BalancingPolicies.Register("last_of_all", static _ => new LastPolicy()));
        Assert.Throws<ArgumentException>(() => BalancingPolicies.Register("round_robin", static _ => new LastPolicy()));
        Assert.Throws<ArgumentException>(() => BalancingPolicies.Register("round_robin_experimental", static _ => new LastPolicy()));
    }

    private sealed class LastPolicy : IBalancingPolicy
    {
        public string Name => "last_of_all";

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input);

        private sealed class Picker(PickerInput input) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context) => Endpoints.Length - 1;
        }
    }
}
