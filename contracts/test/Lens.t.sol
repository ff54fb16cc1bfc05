// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Lens} from "../src/Lens.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {ILens} from "../src/interfaces/ILens.sol";
import {Deal, DealStatus, Phase} from "../src/interfaces/Types.sol";
import {MarketBase} from "./support/MarketBase.sol";

/// @notice The batched views say what the single ones say.
contract LensTest is MarketBase {
    Lens private lens;

    function setUp() public override {
        super.setUp();
        lens = new Lens();
        _seat(5);
    }

    function test_deals() public {
        Deal memory deal = _terms();
        bytes32[] memory ids = new bytes32[](3);
        ids[0] = _commit(deal);
        deal.nonce = 1;
        ids[1] = _dispute(deal, _result());
        address[] memory members = _draw(deal);
        ILens.DealView[] memory views = lens.deals(market, ids);
        eq(uint256(views[0].status), uint256(DealStatus.Committed), "committed");
        eq(views[0].since, block.timestamp, "since");
        eq(views[0].members.length, 0, "no committee");
        eq(uint256(views[1].status), uint256(DealStatus.Disputed), "disputed");
        eq(uint256(views[1].dispute.phase), uint256(Phase.Commit), "phase");
        eq(keccak256(abi.encode(views[1].members)), keccak256(abi.encode(members)), "members");
        ok(views[1].commitment != 0, "commitment");
        eq(uint256(views[2].status), uint256(DealStatus.None), "unknown");
    }

    function test_slots_comeInPages() public view {
        ICourt.Slot[] memory page = lens.slots(court, 1, 3);
        eq(page.length, 3, "a page");
        eq(page[0].owner, court.slotOf(1).owner, "first");
        eq(page[2].owner, court.slotOf(3).owner, "last");
        eq(lens.slots(court, 3, 9).length, 2, "the end");
        eq(lens.slots(court, 5, 9).length, 0, "beyond it");
        eq(lens.slots(court, 9, 9).length, 0, "far beyond it");
    }

    function test_balances() public view {
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (creator, POOL);
        uint256[] memory amounts = lens.balances(market, address(0), accounts);
        eq(amounts[0], FUNDS, "creator");
        eq(amounts[1], 0, "pool");
    }
}
