using System.Collections.Frozen;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Discovery.Tests.Balancing.Canary;

public sealed class CanaryChoicesTests
{
    [Fact]
    public void ChoicesThatComeToNoCall_AreGivenBackToThePolicy()
    {
        Endpoint[] all = [Instance("a", "1.0.0"), Instance("b", "1.0.0"), Instance("x", "2.0.0")];
        var policy = new OpenChoices();
        var rule = new CanaryRule { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") }, Percent = 50 };
        var picker = new CanaryPolicy(policy, rule).Create([.. all], random: new Random(3));
        for (var i = 0; i < 64; i++)
        {
            // Every set of endpoints that a call can have tried, all of them too.
            Endpoint[] tried = [.. all.Where((_, slot) => (i & (1 << slot)) != 0)];
            Assert.True(picker.TryPick(new PickContext { Tried = tried }, out var lease));
            Assert.Equal(1, policy.Open);
            lease.Succeed();
            Assert.Equal(0, policy.Open);

            picker.OnReplaced(picker.ChooseFor(new PickContext { Tried = tried }), -1);
            Assert.Equal(0, policy.Open);
        }
    }

    [Fact]
    public void ChoiceThatAnotherOneOfItsSideReplaces_StaysOne()
    {
        var policy = new OpenChoices();
        var rule = new CanaryRule { Instances = new EndpointSelector { Version = VersionRange.Parse("^2") } };
        var picker = new CanaryPolicy(policy, rule).Create([Instance("a", "1.0.0"), Instance("x", "2.0.0"), Instance("b", "1.0.0")]);

        picker.OnReplaced(picker.ChooseFor(default), 2);
        Assert.Equal(1, policy.Open);

        picker.OnCompleted(2, Outcomes.Success);
        Assert.Equal(0, policy.Open);
    }

    private static Endpoint Instance(string id, string version) => new(id, "127.0.0.1", 1000 + id[0])
    {
        Metadata = new Dictionary<string, string> { ["version"] = version }.ToFrozenDictionary(),
    };

    private sealed class OpenChoices : IBalancingPolicy
    {
        public string Name => "open_choices";

        public int Open { get; private set; }

        public EndpointPicker CreatePicker(PickerInput input) => new Picker(input, this);

        private sealed class Picker(PickerInput input, OpenChoices policy) : EndpointPicker(input)
        {
            public override int Choose(in PickContext context)
            {
                policy.Open++;
                return 0;
            }

            public override void OnReplaced(int slot, int other) => policy.Open -= other < 0 ? 1 : 0;

            public override void OnCompleted(int slot, in CallOutcome outcome) => policy.Open--;
        }
    }
}
